"""A small set of hashes does what a dict of them would."""

from hypothesis import given
from hypothesis import strategies as st

from detectors.digests import Digests

FEWEST, MOST = -(2**63), 2**63 - 1
# Many of them, so that some fall into one shard, and some twice into the set.
NUMBERS = st.integers(-600, 600) | st.sampled_from([FEWEST, MOST])
STEPS = st.lists(st.tuples(st.lists(NUMBERS, max_size=50), st.integers(0, 20)), max_size=8)


@given(STEPS)
def test_it_holds_each_once_and_forgets_what_came_first(
    steps: list[tuple[list[int], int]],
) -> None:
    digests, model = Digests(), dict[int, None]()
    for numbers, dropped in steps:
        for number in numbers:
            assert digests.add(number) == (number not in model)
            model.setdefault(number)
        oldest = list(model)[:dropped]
        assert digests.drop_oldest(dropped) == len(oldest)
        for number in oldest:
            del model[number]
        assert len(digests) == len(model)
        assert {number for number in range(-600, 601) if number in digests} == {
            number for number in model if abs(number) <= 600
        }


def test_nothing_is_in_an_empty_one() -> None:
    assert not Digests()
    assert 1 not in Digests()
    assert Digests().drop_oldest(3) == 0
