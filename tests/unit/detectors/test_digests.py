"""A small set of hashes does what a dict of them would."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.digests import Digests

FEWEST, MOST = -(2**63), 2**63 - 1
# Many of them, so that some fall into one shard, and some twice into the set.
NUMBERS = st.integers(-600, 600) | st.sampled_from([FEWEST, MOST])
STEPS = st.lists(
    st.tuples(st.lists(NUMBERS, max_size=50), st.booleans(), st.integers(0, 9)), max_size=8
)


@given(STEPS, st.integers(1, 30))
def test_it_holds_each_once_and_forgets_what_came_first_by_portions(
    steps: list[tuple[list[int], bool, int]], portion: int
) -> None:
    digests, model = Digests(portion), list[list[int]]()
    for numbers, are_many, drops in steps:
        new = 0
        for number in numbers:
            is_new = all(number not in known for known in model)
            new += is_new
            assert are_many or digests.add(number) == is_new
            if is_new:
                if not model or len(model[-1]) == portion:
                    model.append([])
                model[-1].append(number)
        assert not are_many or digests.update(np.array(numbers, np.int64)) == new
        for _ in range(drops):
            oldest = model.pop(0) if model else []
            assert digests.drop_oldest() == len(oldest)
        held = {number for known in model for number in known}
        assert len(digests) == len(held)
        assert {number for number in (*range(-600, 601), FEWEST, MOST) if number in digests} == held


@pytest.mark.parametrize("at_once", [1, 7, 300])
def test_more_portions_than_are_told_apart_are_joined_to_the_last(at_once: int) -> None:
    digests = Digests(1)
    for first in range(0, 300, at_once):
        digests.update(np.arange(first, min(first + at_once, 300)))
    for number in range(255):
        assert digests.drop_oldest() == 1
        assert number not in digests
    assert (len(digests), digests.drop_oldest(), len(digests)) == (45, 45, 0)
    assert digests.add(299)


def test_nothing_is_in_an_empty_one() -> None:
    assert not Digests()
    assert 1 not in Digests()
    assert Digests().drop_oldest() == 0
