"""Event-time windows that slide by a step: how many there were in the last five minutes.

A window keeps its counts in cells of a thirtieth of its length, so its memory does not depend on
how much is said. It covers whole cells: between its length and one cell more (`span` says how
much), and what is expected is worked out for just that span.
"""

from typing import Final

from detectors.cells import Cells
from detectors.records import Counts
from detectors.records.codec import InvalidRecord, as_list, whole_numbers
from detectors.records.counts import counts_from_json
from detectors.scoring import STEP

_CELLS: Final = 30


class Window:
    """The counts of the last `length` seconds of event time."""

    def __init__(self, length: int) -> None:
        self.length = length
        self.totals = Counts()
        self._grain = max(length // _CELLS // STEP * STEP, STEP)
        self._cells = Cells()

    def start(self, now: int) -> int:
        """Where the window that ends at `now` begins, in Unix seconds: on a cell's edge."""
        return (now - self.length) // self._grain * self._grain

    def add(self, at: int, counts: Counts) -> None:
        """Count what was published in the step that starts at `at`; late comers too."""
        self.totals.add(counts)
        self._cells.add(at // self._grain * self._grain, counts)

    def slide(self, now: int) -> None:
        """Forget what lies before the window that ends at `now`."""
        for _, counts in self._cells.pop_before(self.start(now)):
            self.totals.subtract(counts)

    def to_json(self) -> list[object]:
        return [[start, *cell.to_json()] for start, cell in self._cells]

    def restore(self, value: object, now: int) -> None:
        """Take up the cells that `to_json` wrote at `now`; raises `InvalidRecord`."""
        cells = [as_list(cell, "window") for cell in as_list(value, "window")]
        counts = counts_from_json(cell[1:] for cell in cells)
        starts = whole_numbers([cell[0] for cell in cells])
        if starts != sorted({*starts}) or any(start % self._grain for start in starts):
            raise InvalidRecord("bad_field", "window: expected cells, oldest first")
        if starts and not self.start(now) <= starts[0] <= starts[-1] <= now:
            raise InvalidRecord("bad_field", "window: expected cells that lie in it")
        self._cells = Cells(zip(starts, counts, strict=True))
        self.totals = Counts()
        for cell_counts in counts:
            self.totals.add(cell_counts)
