"""What was spent in a period outlives a restart, and a listing that broke off."""

import pytest

from listener.connectors.backlog import Place
from listener.connectors.budget import Budget


def test_what_the_cursor_says_counts_within_its_period() -> None:
    before = Budget(10)
    before.resume("", "2026-11")
    before.spend(7)
    cursor = before.cursor(Place(1992, 1990))
    assert cursor == "2026-11 7 1992 1990"
    after = Budget(10)
    assert after.resume(cursor, "2026-11") == Place(1992, 1990)
    assert after.left == 3
    assert after.resume(cursor, "2026-12") == Place(1992, 1990)
    assert after.left == 10


def test_what_no_cursor_says_counts_all_the_same() -> None:
    budget = Budget(10)
    for _ in range(2):
        assert budget.resume("2026-11 4 1992", "2026-11") == Place(1992)
        budget.spend(2)
    assert budget.left == 2


def test_nothing_is_left_where_the_limit_was_lowered() -> None:
    budget = Budget(10)
    budget.resume("2026-11 400 1992", "2026-11")
    assert budget.left == 0


@pytest.mark.parametrize(
    "cursor", ["", "1992", "1992 1990", "2026-11 x 1992", "2026-11 -4 1992", "2026-11 4 ", "²  ²"]
)
def test_what_is_no_cursor_counts_as_none(cursor: str) -> None:
    budget = Budget(10)
    assert budget.resume(cursor, "2026-11") is None
    assert budget.left == 10
