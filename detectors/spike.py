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
