"""Counts by the start of their stretch of time, packed.

A brand has some hundred and fifty of them at any time, and a worker thousands of brands: as
numbers side by side they take 40 bytes each, or 80 once one of them needs more than 32 bits, where
objects took 230.
"""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from operator import add
from typing import Final

from detectors.records import Counts

_WIDTH: Final = 1 + len(Counts().numbers())
_NARROW: Final = "I"  # 32 bits
_WIDE: Final = "q"  # 64 bits, signed
_MOST: Final = 2**63 - 1


class Cells:
    """Rows of a start and its counts, oldest first; each start stands there once."""

    __slots__ = ("_rows",)

    def __init__(self, cells: Iterable[tuple[int, Counts]] = ()) -> None:
        """`cells` are in order."""
        self._rows = array(_NARROW)
        for start, counts in cells:
            self._put(len(self._rows), len(self._rows), (start, *counts.numbers()))

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
        if at >= 0 and rows[at] == start:
            end = at + _WIDTH
            numbers = map(add, rows[at + 1 : end], counts.numbers())
            self._put(at, end, (start, *numbers))
        else:
            self._put(at + _WIDTH, at + _WIDTH, (start, *counts.numbers()))

    def _put(self, at: int, end: int, row: Sequence[int]) -> None:
        try:
            packed = array(self._rows.typecode, row)
        except OverflowError:
            self._rows = array(_WIDE, self._rows)
            packed = array(_WIDE, [min(number, _MOST) for number in row])
        self._rows[at:end] = packed

    def pop_before(self, end: int) -> list[tuple[int, Counts]]:
        """Take out those that start before `end`."""
        if not self._rows or self._rows[0] >= end:
            return []
        popped = [*takewhile(lambda cell: cell[0] < end, self)]
        del self._rows[: len(popped) * _WIDTH]
        return popped
