"""Delays between attempts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sinks import RetryPolicy


@given(st.integers(1, 10**9), st.floats(0, 1, exclude_max=True))
def test_a_delay_lies_between_nothing_and_the_longest_however_often_it_failed(
    attempt: int, dice: float
) -> None:
    policy = RetryPolicy(first_delay=1.0, max_delay=60.0)
    assert 0 <= policy.delay(attempt, None, lambda: dice) < 60.0


def test_the_delay_is_drawn_from_all_of_its_range_so_that_senders_do_not_march_in_step() -> None:
    policy = RetryPolicy(first_delay=2.0, max_delay=60.0)
    drawn = [policy.delay(3, None, lambda dice=dice: dice) for dice in (0.0, 0.5, 1.0)]  # type: ignore[misc]  # a default binds the loop's value
    assert drawn == [0.0, 4.0, 8.0]


@pytest.mark.parametrize(
    ("settings", "mend"),
    [
        ({"max_attempts": 0}, "max_attempts: expected 1 or more"),
        ({"max_age": -1.0}, "max_age: expected 0 seconds or more"),
        ({"first_delay": 0.0}, "first_delay: expected more than 0"),
        ({"first_delay": 61.0}, "at most max_delay"),
        ({"attempt_timeout": 0.0}, "attempt_timeout: expected more than 0"),
    ],
)
def test_settings_that_make_no_sense_are_refused_with_the_mend(
    settings: dict[str, float], mend: str
) -> None:
    with pytest.raises(ValueError, match=mend):
        RetryPolicy(**settings)  # type: ignore[arg-type]  # one of them is an int
