"""Windows hold what was said of late, in little memory."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.records import Counts, InvalidRecord
from detectors.scoring import STEP
from detectors.windows import Window

NOW = 1_760_400_000


def one() -> Counts:
    return Counts(mentions=1, neutral=1)


def test_counts_what_lies_inside_and_forgets_what_lies_before() -> None:
    window = Window(300)
    window.add(NOW - 300, one())
    window.add(NOW - 10, one())
    window.slide(NOW)
    assert window.totals.mentions == 2

    window.slide(NOW + 10)
    assert window.totals.mentions == 1


def test_long_window_forgets_a_whole_cell_at_a_time() -> None:
    window = Window(10_800)
    window.add(NOW - 10_800, one())
    assert window.start(NOW) <= NOW - 10_800
    assert NOW - 10_800 - window.start(NOW) < 360


def test_late_mention_is_counted_where_it_belongs() -> None:
    window = Window(300)
    window.add(NOW - 20, one())
    window.add(NOW - 200, one())
    window.slide(NOW + 110)
    assert window.totals.mentions == 1


def test_its_memory_does_not_grow_with_what_is_said() -> None:
    window = Window(3600)
    for at in range(NOW, NOW + 20 * 3600, STEP):
        window.add(at, one())
        window.slide(at + STEP)
    assert len(window.to_json()) <= 31


def test_restored_window_is_the_same() -> None:
    window = Window(900)
    for at in (NOW, NOW + 40, NOW + 400):
        window.add(at, Counts(mentions=3, negative=2, positive=1, reach=70))
    restored = Window(900)
    restored.restore(window.to_json(), NOW + 410)
    assert restored.totals == window.totals
    assert restored.to_json() == window.to_json()


def cell(start: object, mentions: object = 1) -> list[object]:
    return [start, mentions, *[0] * 8]


@pytest.mark.parametrize(
    "stored",
    [
        None,
        [7],
        [[]],
        [["now", 1, 1]],
        [[NOW, 1, "x"]],
        [cell(str(NOW))],
        [cell(NOW, 1.5)],
        [cell(NOW - 10), cell(NOW - 20)],
        [cell(NOW - 10), cell(NOW - 10)],
        [cell(NOW - 5)],
        [cell(NOW - 310)],
        [cell(NOW + 10)],
    ],
)
def test_refuses_what_is_no_window(stored: object) -> None:
    with pytest.raises(InvalidRecord):
        Window(300).restore(stored, NOW)


@given(st.lists(st.integers(0, 200), max_size=40), st.sampled_from([60, 300, 3600]))
def test_holds_exactly_what_its_span_says(steps: list[int], length: int) -> None:
    window = Window(length)
    for step in steps:
        window.add(NOW + step * STEP, one())
    end = NOW + 201 * STEP
    window.slide(end)
    inside = [step for step in steps if NOW + step * STEP >= window.start(end)]
    assert window.totals.mentions == len(inside)
