"""How far counts vary beyond chance, told apart for minutes and hours."""

import random
from collections.abc import Callable

import pytest

from detectors.burstiness import PARTS, Burstiness

MEAN = 60.0
MINUTES, HOURS, THREE_HOURS = 300, 3600, 10_800


def poisson(mean: float, chance: random.Random) -> int:
    """How many events fall into a time in which `mean` are expected."""
    count, at = 0, chance.expovariate(1.0)
    while at < mean:
        count, at = count + 1, at + chance.expovariate(1.0)
    return count


def gamma(chance: random.Random) -> float:
    return chance.gammavariate(5.0, 0.2)


def learned(rates: Callable[[random.Random], list[float]], hours: int = 14 * 24) -> Burstiness:
    chance = random.Random(4)
    burstiness = Burstiness(0.15)
    for _ in range(hours):
        parts = [poisson(rate * MEAN / PARTS, chance) for rate in rates(chance)]
        burstiness.learn(parts, MEAN, 1000.0)
    return burstiness


def test_chance_alone_is_no_burst() -> None:
    steady = learned(lambda chance: [1.0] * PARTS)
    assert max(steady.over(length, MEAN) for length in (MINUTES, HOURS, THREE_HOURS)) < 0.04


def test_bursts_of_minutes_even_out_over_hours() -> None:
    short = learned(lambda chance: [gamma(chance) for _ in range(PARTS)])
    assert short.over(MINUTES, MEAN) == pytest.approx(0.2, abs=0.06)
    assert short.over(HOURS, MEAN) < 0.06


def test_bursts_of_hours_are_bursts_of_minutes_as_well() -> None:
    long = learned(lambda chance: [gamma(chance)] * PARTS)
    assert long.over(MINUTES, MEAN) == pytest.approx(0.2, abs=0.06)
    assert long.over(HOURS, MEAN) == pytest.approx(0.2, abs=0.06)
    assert long.over(THREE_HOURS, MEAN) == pytest.approx(0.2 / 3, abs=0.04)


def test_an_incident_is_no_burst() -> None:
    steady = learned(lambda chance: [1.0] * PARTS)
    before = steady.over(HOURS, MEAN)
    for _ in range(6):
        steady.learn([200] * PARTS, MEAN, 1000.0)
    assert steady.over(HOURS, MEAN) < before + 0.02


def test_little_history_is_mostly_the_prior() -> None:
    assert Burstiness(0.15).over(HOURS, MEAN) == pytest.approx(0.15)
    assert 0.1 < learned(lambda chance: [1.0] * PARTS, hours=12).over(HOURS, MEAN) < 0.15


def test_a_window_takes_the_burstiness_of_the_stretch_that_it_holds() -> None:
    short = learned(lambda chance: [gamma(chance) for _ in range(PARTS)])
    assert short.over(600, MEAN) == short.over(300, MEAN) == short.over(60, MEAN)
    assert short.over(86_400, MEAN) == short.over(THREE_HOURS, MEAN)


def test_what_was_learned_of_hours_alone_is_taken_for_all_lengths() -> None:
    old = Burstiness.from_hourly(0.4 * 1e5, 1e5, 0.15)
    for length in (MINUTES, HOURS):
        assert old.over(length, MEAN) == pytest.approx(old.over(HOURS, MEAN))


def test_restored_it_says_the_same() -> None:
    before = learned(lambda chance: [gamma(chance)] * PARTS, hours=50)
    assert Burstiness.from_json(before.to_json(), 0.15) == before
