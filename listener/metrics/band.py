"""Between which counts a window usually lies."""

import math
from typing import Final

from detectors.spike import Expectation

_SIGMAS: Final = 1.96  # 95 % of a normal distribution


def usual_band(expected: Expectation) -> tuple[int, int]:
    """The counts that about 95 of 100 windows lie between, both included, if nothing is wrong.

    The negative binomial of `detectors.spike` is taken for a Gamma distribution of the same mean
    and variance, whose quantiles are near the cube of a normal one's (Wilson and Hilferty 1931).
    """
    if expected.mean <= 0:
        return 0, 0
    ninth = (1 + expected.mean / expected.shape) / (9 * expected.mean)
    spread = _SIGMAS * math.sqrt(ninth)
    low, high = max(1 - ninth - spread, 0.0), max(1 - ninth + spread, 0.0)
    return math.floor(expected.mean * low**3), math.ceil(expected.mean * high**3)
