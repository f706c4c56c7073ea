"""Judging a series of counts row by row, by what came before."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.counts import DAY, CountScore, CountScorer

MINUTES = 300
START = 1_760_313_600


def usual(rows: int, seed: int = 1) -> list[float]:
    chance = random.Random(seed)
    return [float(chance.randrange(5, 15)) for _ in range(rows)]


def scored(counts: list[float], every: int = MINUTES) -> list[CountScore]:
    scorer = CountScorer(6.5)
    return [scorer.score(START + row * every, count) for row, count in enumerate(counts)]


def rung(counts: list[float], every: int = MINUTES) -> list[int]:
    return [row for row, score in enumerate(scored(counts, every)) if score.alert]


def test_quiet_series_stays_quiet() -> None:
    assert rung(usual(3000)) == []


def test_rush_rings_once_at_its_first_row() -> None:
    counts = usual(3000)
    counts[2000:2012] = [200.0] * 12
    assert rung(counts) == [2000]


def test_what_becomes_much_worse_rings_again() -> None:
    counts = usual(3000)
    counts[2000:2012] = [120.0] * 6 + [4000.0] * 6
    assert rung(counts) == [2000, 2006]


def test_next_rush_after_a_day_rings_anew() -> None:
    counts = usual(3000)
    counts[2000] = counts[2000 + DAY // MINUTES + 2] = 300.0
    assert len(rung(counts)) == 2


def test_first_day_is_for_learning() -> None:
    counts = usual(400)
    counts[200] = 900.0
    assert rung(counts) == []
    assert scored(counts)[200].limit is None


@pytest.mark.parametrize("every", [60, 3600, 86_400])
def test_any_interval_will_do(every: int) -> None:
    counts = usual(2500)
    counts[2200] = 500.0
    assert rung(counts, every) == [2200]


def test_expected_knows_the_hour_of_the_day() -> None:
    counts = [30.0 if row // 12 % 24 >= 12 else 6.0 for row in range(14 * 288)]
    scores = scored(counts)
    assert scores[-1].expected > 20
    assert scores[-1 - 144].expected < 12


def test_scores_lie_between_0_and_1_and_alert_from_one_half() -> None:
    counts = usual(1500)
    counts[1000] = 1e12
    scores = scored(counts)
    assert all(0 <= score.score < 1 for score in scores)
    assert all(score.alert == (score.score >= 0.5) for score in scores)


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=30), st.integers(0, 30))
@settings(max_examples=30, deadline=None)
def test_a_score_uses_nothing_after_its_row(tail: list[int], cut: int) -> None:
    counts = usual(600) + [float(count) for count in tail]
    shorter = counts[: 600 + cut]
    assert scored(counts)[: len(shorter)] == scored(shorter)
