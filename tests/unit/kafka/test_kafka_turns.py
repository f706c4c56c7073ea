"""Which partitions records are taken from next: those that are behind, and none for ever not."""

from faust.types import TP
from hypothesis import given
from hypothesis import strategies as st

from listener.engines.kafka.turns import Turns

MINE = [TP("mentions", number) for number in range(3)]
OTHERS = [TP("tallies", number) for number in range(2)]
ALL = {*MINE, *OTHERS}
SECOND = 1000


def turns(full: str = "") -> Turns:
    return Turns(lambda topic: topic != full)


def test_before_anything_is_known_all_are_asked() -> None:
    assert turns().next(ALL, now=0) == ALL


def test_of_a_topic_whose_stream_is_full_nothing_is_asked() -> None:
    assert turns(full="mentions").next(ALL, now=0) == {*OTHERS}


def test_who_is_ahead_waits_for_who_has_more() -> None:
    some = turns()
    some.brought(MINE[0], at=60 * SECOND, left=5)
    some.brought(MINE[1], at=10 * SECOND, left=5)
    some.brought(MINE[2], at=10 * SECOND + 400, left=5)

    assert some.next({*MINE}, now=0) == {MINE[1], MINE[2]}

    some.brought(MINE[1], at=60 * SECOND, left=4)
    some.brought(MINE[2], at=60 * SECOND, left=4)
    assert some.next({*MINE}, now=0) == {*MINE}


def test_nobody_waits_for_one_that_was_read_to_its_end() -> None:
    some = turns()
    some.brought(MINE[0], at=60 * SECOND, left=5)
    some.brought(MINE[1], at=10 * SECOND, left=0)

    assert some.next({*MINE}, now=0) == {*MINE}


def test_nobody_waits_for_another_topic() -> None:
    some = turns()
    some.brought(MINE[0], at=60 * SECOND, left=5)
    some.brought(OTHERS[0], at=10 * SECOND, left=5)

    assert some.next(ALL, now=0) == ALL


def test_nobody_waits_for_long_for_one_that_brings_nothing() -> None:
    some = turns()
    some.brought(MINE[0], at=60 * SECOND, left=5)
    some.brought(MINE[1], at=10 * SECOND, left=5)

    asked = [some.next({*MINE}, now=look / 10) for look in range(30)]

    assert all(MINE[0] not in wanted for wanted in asked[:20])
    assert asked[-1] == {*MINE}
    assert some.left("mentions") == 5


def test_one_that_was_asked_for_a_moment_only_is_waited_for() -> None:
    some = turns()
    some.brought(MINE[0], at=60 * SECOND, left=5)
    some.brought(MINE[1], at=10 * SECOND, left=5)

    assert all(MINE[0] not in some.next({*MINE}, now=look / 1000) for look in range(100))
    assert MINE[0] not in some.next({MINE[0], MINE[1]}, now=0.9)


def test_nobody_waits_for_one_that_went_elsewhere() -> None:
    some = turns()
    some.brought(MINE[0], at=60 * SECOND, left=5)
    some.brought(MINE[1], at=10 * SECOND, left=5)

    assert some.next({MINE[0]}, now=0) == {MINE[0]}
    assert some.next({*MINE}, now=0) == {*MINE}


def test_it_is_known_how_many_are_left_of_a_topic() -> None:
    some = turns()
    some.brought(MINE[0], at=0, left=5)
    some.brought(MINE[1], at=0, left=2)
    some.brought(OTHERS[0], at=0, left=40)

    assert some.left("mentions") == 7
    assert some.is_expecting
    some.next({MINE[1], *OTHERS}, now=0)
    assert some.left("mentions") == 2
    assert some.left("alerts") == 0


def test_nothing_is_expected_of_partitions_that_were_read_to_their_ends() -> None:
    some = turns()
    some.brought(MINE[0], at=0, left=0)
    assert not some.is_expecting


@given(
    st.lists(st.lists(st.integers(0, 300), min_size=1, max_size=40), min_size=1, max_size=3),
    st.integers(1, 8),
)
def test_partitions_are_read_side_by_side_to_their_ends(logs: list[list[int]], most: int) -> None:
    """Logs hold gaps between the dates of records, in milliseconds; `most` come at a time."""
    some = turns()
    dates = {}
    for place, gaps in zip(MINE, logs, strict=False):
        dates[place] = [sum(gaps[: number + 1]) for number in range(len(gaps))]
    read = dict.fromkeys(dates, 0)
    begun: set[TP] = set()
    while any(read[place] < len(dates[place]) for place in dates):
        wanted = some.next({*dates}, now=0)
        assert wanted
        behind = [
            dates[place][read[place] - 1] for place in begun if read[place] < len(dates[place])
        ]
        for place in wanted:
            if place in begun and behind:
                assert dates[place][read[place] - 1] <= min(behind) + 500
            if some_left := dates[place][read[place] : read[place] + most]:
                read[place] += len(some_left)
                begun.add(place)
                some.brought(place, some_left[-1], len(dates[place]) - read[place])
