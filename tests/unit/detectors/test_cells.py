"""Counts by the start of their stretch of time, packed: as good as a dictionary of them."""

from copy import copy

from hypothesis import given
from hypothesis import strategies as st

from detectors.cells import Cells
from detectors.records import Counts

NUMBERS = st.lists(st.integers(0, 2**40), min_size=9, max_size=9)
COUNTS = st.builds(lambda numbers: Counts(*numbers), NUMBERS)


@given(st.lists(st.tuples(st.integers(0, 20), COUNTS)), st.integers(0, 21))
def test_adds_up_in_whatever_order_they_come(cells: list[tuple[int, Counts]], end: int) -> None:
    packed, plain = Cells(), dict[int, Counts]()
    for start, counts in cells:
        packed.add(start, counts)
        if start in plain:
            plain[start].add(counts)
        else:
            plain[start] = copy(counts)
    assert list(packed) == sorted(plain.items(), key=lambda cell: cell[0])
    assert list(Cells(packed)) == list(packed)

    popped = packed.pop_before(end)
    assert [start for start, _ in popped] == sorted(start for start in plain if start < end)
    assert all(plain[start] == counts for start, counts in [*popped, *packed])


def test_more_than_64_bits_hold_is_cut() -> None:
    cells = Cells()
    for _ in range(3):
        cells.add(0, Counts(reach=2**62))
    assert list(cells) == [(0, Counts(reach=2**63 - 1))]
