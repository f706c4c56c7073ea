"""Counts by the start of their stretch of time, packed.

A brand has some hundred and fifty of them at any time, and a worker thousands of brands: as
numbers side by side they take 80 bytes each, as objects more than twice that.
"""

from array import array
from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import Final

from detectors.records import Counts

_WIDTH: Final = 1 + len(Counts().numbers())
_MOST: Final = 2**63 - 1


class Cells:
    """Rows of a start and its counts, oldest first; each start stands there once."""

    __slots__ = ("_rows",)

    def __init__(self, cells: Iterable[tuple[int, Counts]] = ()) -> None:
        """`cells` are in order."""
        self._rows = array("q")
        for start, counts in cells:
            self._rows.extend((start, *counts.numbers()))

    def __iter__(self) -> Iterator[tuple[int, Counts]]:
        rows = self._rows
        for at in range(0, len(rows), _WIDTH):
            yield rows[at], Counts(*rows[at + 1 : at + _WIDTH])

    def add(self, start: int, counts: Counts) -> None:
        """Add to what is counted there; more than 64 bits hold is cut to what they do."""
        rows = self._rows
        at = len(rows) - _WIDTH
        while at >= 0 and rows[at] > start:
            at -= _WIDTH
        if at < 0 or rows[at] != start:
            at += _WIDTH
            rows[at:at] = array("q", (start, *(min(one, _MOST) for one in counts.numbers())))
            return
        for place, number in enumerate(counts.numbers(), at + 1):
            if number:
                rows[place] = min(rows[place] + number, _MOST)

    def pop_before(self, end: int) -> list[tuple[int, Counts]]:
        """Take out those that start before `end`."""
        if not self._rows or self._rows[0] >= end:
            return []
        popped = [*takewhile(lambda cell: cell[0] < end, self)]
        del self._rows[: len(popped) * _WIDTH]
        return popped
