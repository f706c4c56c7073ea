"""How rare a count is among the brand's own."""

import math
import random

import pytest

from detectors.rarity import MEMORY, Rarity


def taught(counts: list[float]) -> Rarity:
    rarity = Rarity()
    for count in counts:
        rarity.learn(count)
    return rarity


def pareto(index: float, size: int, seed: int) -> list[float]:
    chance = random.Random(seed)
    return [10 * chance.random() ** (-1 / index) - 1 for _ in range(size)]


@pytest.mark.parametrize("index", [1.5, 2.5])
def test_tells_the_tail_of_a_power_law(index: float) -> None:
    rarity = taught(pareto(index, 6000, seed=4))
    count = 10 * 1e-4 ** (-1 / index) - 1  # once in ten thousand
    assert rarity.of(count) == pytest.approx(math.log(1e4), rel=0.2)


def test_the_usual_is_not_rare_at_all() -> None:
    rarity = taught([float(count % 10) for count in range(1000)])
    assert rarity.of(5) == 0
    assert rarity.of(9) < rarity.of(30) < rarity.of(300)


def test_it_takes_more_to_be_rare_among_spikes() -> None:
    assert taught(pareto(1.5, 2000, seed=1)).of(500) < taught(pareto(3, 2000, seed=1)).of(500)


def test_count_at_a_rarity_is_its_inverse() -> None:
    rarity = taught(pareto(2, 3000, seed=2))
    assert rarity.of(rarity.count_at(6.5)) == pytest.approx(6.5)


def test_says_nothing_while_it_knows_little() -> None:
    rarity = taught([1.0] * 40)
    assert rarity.of(1e9) == 0
    assert math.isinf(rarity.count_at(6.5))


def test_forgets_what_is_long_ago() -> None:
    rarity = taught([1000.0] * 600 + [float(count % 7) for count in range(MEMORY)])
    assert rarity.of(1000) > 10
