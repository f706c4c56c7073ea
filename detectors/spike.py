"""How unlikely a count is, given what was to be expected.

Mentions come in bursts, and what is expected is itself only an estimate, so counts are taken as
negative binomial: a Poisson whose rate is Gamma distributed with mean `mean` and shape `shape`
(variance mean + mean²/shape). Little history and bursty brands have a small shape, and with it a
long tail; a large shape is the Poisson.
"""

import math
from dataclasses import dataclass
from typing import Final

_MAX_TERMS: Final = 300
_PRECISION: Final = 1e-12
_TINY: Final = 1e-300


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is expected of a count: its `mean`, and the `shape` that says how surely."""

    mean: float
    shape: float


@dataclass(frozen=True, slots=True)
class Measured:
    """A count beside its expectation."""

    observed: int
    expectation: Expectation

    @property
    def expected(self) -> float:
        return self.expectation.mean

    @property
    def ratio(self) -> float:
        """Observed over expected, the latter taken as at least a tenth of a mention."""
        return self.observed / max(self.expectation.mean, 0.1)

    @property
    def chance(self) -> float:
        """P(N >= observed) if nothing is wrong; worked out anew at each call, so ask last."""
        return negative_binomial_tail(self.observed, self.expectation.mean, self.expectation.shape)

    def is_rarer_than(self, chance: float) -> bool:
        """Whether `chance` lies below that; quicker, as most counts can be told from a bound."""
        mean, shape = self.expectation.mean, self.expectation.shape
        return _least_tail(self.observed, mean, shape) < chance and self.chance < chance

    @property
    def chance_of_none(self) -> float:
        """P(N = 0) if nothing is wrong."""
        mean, shape = self.expectation.mean, self.expectation.shape
        return math.exp(shape * (math.log(shape) - math.log(shape + mean)))


def negative_binomial_tail(count: int, mean: float, shape: float) -> float:
    """P(N >= count) = I_p(count, shape) with p = mean / (mean + shape).

    The regularised incomplete beta function (DLMF 8.17.5 for its tie to the binomials).
    """
    if count <= 0:
        return 1.0
    if mean <= 0:
        return 0.0
    return _regularised_beta(mean / (mean + shape), count, shape)


def fewest_unlikely(floor: float, expectation: Expectation, chance: float) -> int:
    """From `floor` on, a count below which none is rarer than `chance`."""
    mean, shape = expectation.mean, expectation.shape
    low, high = math.ceil(floor) - 1, math.ceil(floor)
    while _least_tail(high, mean, shape) >= chance:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        rare = _least_tail(middle, mean, shape) < chance
        low, high = (low, middle) if rare else (middle, high)
    return high


def _least_tail(count: int, mean: float, shape: float) -> float:
    """A bound that P(N >= count) doesn't fall below: a geometric series from P(N = count) on.

    From term to term probabilities shrink by p·(n + k)/(n + 1): by p at most where k >= 1, and
    else by most at the first.
    """
    if count <= 0 or mean <= 0:
        return 0.0
    p = mean / (mean + shape)
    first = (
        math.lgamma(count + shape)
        - math.lgamma(shape)
        - math.lgamma(count + 1)
        + shape * math.log1p(-p)
        + count * math.log(p)
    )
    step = p * min(1.0, (count + shape) / (count + 1))
    return math.exp(max(first, -700.0)) / (1 - step)


def _regularised_beta(x: float, a: float, b: float) -> float:
    log_front = (
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    front = math.exp(max(log_front, -700.0))
    if x < (a + 1) / (a + b + 2):
        return min(front * _continued_fraction(x, a, b) / a, 1.0)
    return max(1.0 - front * _continued_fraction(1 - x, b, a) / b, 0.0)


def _continued_fraction(x: float, a: float, b: float) -> float:
    """DLMF 8.17.22, evaluated by the modified Lentz method."""
    c, d = 1.0, 1.0 / _away_from_zero(1.0 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _MAX_TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1.0 / _away_from_zero(1.0 + even * d)
        c = _away_from_zero(1.0 + even / c)
        value *= d * c
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d = 1.0 / _away_from_zero(1.0 + odd * d)
        c = _away_from_zero(1.0 + odd / c)
        value *= d * c
        if abs(d * c - 1.0) < _PRECISION:
            break
    return value


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def share_sigmas(negative: int, scored: int, share: float) -> float:
    """How many standard errors the share of negatives lies above `share` (binomial)."""
    if scored <= 0:
        return 0.0
    error = math.sqrt(scored * share * (1 - share))
    return (negative - scored * share) / max(error, 0.5)
