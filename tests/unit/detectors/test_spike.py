"""How unlikely a count is: against the binomial sum worked out term by term."""

import math

import pytest

from detectors.spike import (
    Expectation,
    Measured,
    fewest_unlikely,
    negative_binomial_tail,
    share_sigmas,
)


def summed_tail(count: int, mean: float, shape: float) -> float:
    p = mean / (mean + shape)
    below = 0.0
    for k in range(count):
        below += math.exp(
            math.lgamma(k + shape)
            - math.lgamma(shape)
            - math.lgamma(k + 1)
            + shape * math.log1p(-p)
            + k * math.log(p)
        )
    return 1.0 - below


@pytest.mark.parametrize("count", [1, 3, 10, 60])
@pytest.mark.parametrize("mean", [0.2, 1.0, 20.0])
@pytest.mark.parametrize("shape", [0.5, 3.0, 40.0])
def test_tail_is_that_of_the_negative_binomial(count: int, mean: float, shape: float) -> None:
    assert negative_binomial_tail(count, mean, shape) == pytest.approx(
        summed_tail(count, mean, shape), rel=1e-6, abs=1e-12
    )


def test_large_shape_is_the_poisson() -> None:
    poisson = 1 - sum(math.exp(-20) * 20**k / math.factorial(k) for k in range(30))
    assert negative_binomial_tail(30, 20, 1e7) == pytest.approx(poisson, rel=1e-4)


def test_three_against_one_is_nothing_and_sixty_against_twenty_is() -> None:
    assert negative_binomial_tail(3, 1, 20) > 0.05
    assert negative_binomial_tail(60, 20, 20) < 1e-5


def test_edges() -> None:
    assert negative_binomial_tail(0, 5, 5) == 1.0
    assert negative_binomial_tail(4, 0, 5) == 0.0
    assert 0 <= negative_binomial_tail(100_000, 10, 100) < 1e-200
    assert negative_binomial_tail(1, 1e6, 100) == pytest.approx(1.0)


def test_ratio_of_next_to_nothing_stays_finite() -> None:
    assert Measured(5, Expectation(0.0, 1.0)).ratio == 50


def test_share_knows_how_few_ten_mentions_are() -> None:
    assert share_sigmas(5, 10, 0.25) < 2 < share_sigmas(50, 100, 0.25)
    assert share_sigmas(0, 0, 0.25) == 0.0
    assert share_sigmas(1, 1, 0.0) == pytest.approx(2.0)


@pytest.mark.parametrize("mean", [0.001, 0.3, 5.0, 400.0])
@pytest.mark.parametrize("shape", [0.2, 3.0, 60.0])
@pytest.mark.parametrize("chance", [1e-2, 1e-6])
def test_bound_leaves_out_nothing_that_is_rare_enough(
    mean: float, shape: float, chance: float
) -> None:
    expectation = Expectation(mean, shape)
    fewest = fewest_unlikely(mean + 1, expectation, chance)
    for count in {math.ceil(mean + 1), fewest - 1, fewest, 2 * fewest}:
        measured = Measured(count, expectation)
        assert measured.is_rarer_than(chance) == (measured.chance < chance)
        assert count >= fewest or not measured.is_rarer_than(chance) or count < mean + 1
