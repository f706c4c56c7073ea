"""What a sample lets one say for sure: at least so many, by at least so many people.

All bounds are one-sided and hold at three standard errors, 99.9 % of the time.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

SIGMAS: Final = 3.0


def variance(found: Sequence[int]) -> float:
    """The variance of the sum of what was `found` at places drawn at random.

    What lies side by side is alike, so places vary more than their mentions would by themselves:
    k / (k - 1) · Σ (x - mean)², the ultimate cluster variance (Hansen, Hurwitz and Madow 1953;
    Cochran 1977, § 9A and 11.7). It is at least that of a Poisson count, the sum itself.
    """
    total, places = sum(found), len(found)
    if places < 2:
        return float(total * total)
    mean = total / places
    spread = sum((count - mean) ** 2 for count in found) * places / (places - 1)
    return max(spread, float(total))


def at_least(samples: Iterable[tuple[float, Sequence[int]]]) -> float:
    """How many there are at least, of what was found in samples of (scale, found at each place)."""
    estimate = squares = 0.0
    for scale, found in samples:
        estimate += scale * sum(found)
        squares += scale**2 * variance(found)
    return max(estimate - SIGMAS * math.sqrt(squares), 0.0)


def people_at_least(writers: Sequence[int]) -> float:
    """How many people there are at least, of whose mentions the `writers` are a sample.

    The chance that two mentions have one author is Σ p², and its inverse never more than the
    number of authors (Simpson 1949; Hill 1973). It is estimated from the pairs in the sample,
    with an upper bound of how many have one author (Byar's, in Breslow and Day 1987, p. 69).
    Somebody who posts without end is so few people as that is; and there are no fewer than
    were seen.
    """
    seen = Counter(writers)
    pairs = len(writers) * (len(writers) - 1) / 2
    alike = sum(times * (times - 1) // 2 for times in seen.values()) + 1
    most = alike * (1 - 1 / (9 * alike) + SIGMAS / (3 * math.sqrt(alike))) ** 3
    return max(float(len(seen)), pairs / most)
