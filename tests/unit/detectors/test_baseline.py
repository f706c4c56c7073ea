"""What is normal: learned hour by hour, robust, and honest about how little is known."""

import math
import random

import pytest

from detectors.baseline import DAY, HISTORY, HOUR, Baseline, Prediction
from detectors.burstiness import PARTS
from detectors.records import InvalidRecord


def parts(count: int) -> list[int]:
    """An hour's count, as even over its five minutes as can be."""
    return [(n + 1) * count // PARTS - n * count // PARTS for n in range(PARTS)]


def taught(counts: list[int], baseline: Baseline | None = None) -> Baseline:
    baseline = baseline or Baseline()
    for count in counts:
        baseline.predict()
        baseline.learn(parts(count))
    return baseline


def poisson(mean: float, chance: random.Random) -> int:
    limit, product, count = math.exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        count += 1
    return count


def daily(days: int, *, seed: int = 3) -> list[int]:
    chance = random.Random(seed)
    shape = [4 + 16 * (8 <= hour < 20) for hour in range(DAY)]
    return [poisson(shape[hour % DAY], chance) for hour in range(days * DAY)]


def test_says_nothing_before_a_day_is_known() -> None:
    assert taught([10] * (DAY - 1)).predict().mean == 0
    assert taught([10] * DAY).predict().mean == pytest.approx(10, rel=0.1)


def test_learns_the_hours_of_the_day() -> None:
    baseline = taught(daily(21))
    night, day = baseline.predict(), taught(daily(21) + daily(1)[:14]).predict()
    assert 2.5 < night.mean < 7
    assert 15 < day.mean < 26


def test_learns_the_days_of_the_week() -> None:
    chance = random.Random(11)
    week = [poisson(20 if hour < 5 * DAY else 5, chance) for _ in range(3) for hour in range(168)]
    friday = taught(week + week[: 4 * DAY + 6]).predict()
    saturday = taught(week + week[: 5 * DAY + 6]).predict()
    assert saturday.mean < 0.75 * friday.mean


def test_follows_a_lasting_change_of_level() -> None:
    before = taught([10] * 10 * DAY)
    assert taught([20] * 4 * DAY, before).predict().mean > 16


def test_an_incident_does_not_teach_that_crisis_is_normal() -> None:
    chance = random.Random(5)
    usual = [poisson(10, chance) for _ in range(10 * DAY)]
    calm = taught(list(usual)).predict().mean
    shaken = taught(usual + [400] * 6).predict().mean
    assert shaken < 3 * calm
    assert taught([10] * DAY, taught(usual + [400] * 6)).predict().mean < 1.5 * calm


def test_little_history_is_little_to_rest_on() -> None:
    chance = random.Random(7)
    counts = [poisson(2, chance) for _ in range(14 * DAY)]
    assert taught(counts[: 2 * DAY]).predict().rests_on < taught(counts).predict().rests_on


def test_bursty_brand_is_known_from_a_steady_one() -> None:
    chance = random.Random(9)
    steady = [poisson(20, chance) for _ in range(14 * DAY)]
    bursty = [poisson(chance.choice([5, 10, 45]), chance) for _ in range(14 * DAY)]
    assert taught(bursty).burst(HOUR) > 3 * taught(steady).burst(HOUR)


def test_memory_is_bounded() -> None:
    assert len(taught([1] * (HISTORY + 200)).hours) == HISTORY


def test_restored_baseline_says_the_same() -> None:
    baseline = taught(daily(9))
    baseline.predict()
    restored = Baseline.from_json(baseline.to_json())
    for one in (baseline, restored):
        one.learn(parts(9))
    assert restored.predict() == baseline.predict()


def test_refuses_what_is_no_baseline() -> None:
    with pytest.raises(InvalidRecord):
        Baseline.from_json({"hours": "many"})


def test_silent_brand_is_expected_to_stay_silent() -> None:
    said = taught([0] * 7 * DAY).predict()
    assert said == Prediction(said.mean, said.rests_on)
    assert said.mean < 0.05
