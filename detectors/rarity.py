"""How rare a count is among the brand's own: peaks over a threshold.

Counts of mentions have heavy tails: whatever is beyond the 97th percentile falls off like a power
of the count, so its logarithm falls off exponentially (Pickands 1975; Hill 1975). With u the 97th
percentile of the past logarithms and b the mean excess over it, shrunk to a prior,

    rarity(x) = -ln P(X >= x) = (ln(1 + x) - u) / b + ln(1 / 0.03)    in nats.

A spiky brand has a large b, and it takes more to be rare there. No season is modelled: on real
counts of tweets it added false alarms and found nothing more (see `docs/detection.md`).
"""

import math
from bisect import bisect_left, insort
from collections import deque
from typing import Final

MEMORY: Final = 8064
"""Counts that are remembered: four weeks of five minutes."""
_BEYOND: Final = 0.03
_PRIOR_EXCESS: Final = 0.5  # a tail in which e² times as many is e⁴ times as rare,
_PRIOR_WEIGHT: Final = 50  # as if from so many counts beyond the percentile
_FEWEST: Final = 48


class Rarity:
    """The last `MEMORY` counts, and how rare the next one is among them."""

    def __init__(self) -> None:
        self._past: deque[float] = deque()
        self._sorted: list[float] = []
        self._tail: tuple[float, float] | None = None

    def of(self, count: float) -> float:
        """In nats: 6.9 is once in a thousand counts; 0 for the usual, and while learning."""
        if len(self._past) < _FEWEST:
            return 0.0
        threshold, excess = self._fitted()
        beyond = math.log1p(count) - threshold
        return beyond / excess - math.log(_BEYOND) if beyond > 0 else 0.0

    def count_at(self, rarity: float) -> float:
        """The count that is as rare as that; infinite while learning."""
        if len(self._past) < _FEWEST:
            return math.inf
        threshold, excess = self._fitted()
        return math.expm1(threshold + excess * (rarity + math.log(_BEYOND)))

    def learn(self, count: float) -> None:
        value = math.log1p(count)
        self._past.append(value)
        insort(self._sorted, value)
        if len(self._past) > MEMORY:
            del self._sorted[bisect_left(self._sorted, self._past.popleft())]
        self._tail = None

    def _fitted(self) -> tuple[float, float]:
        """The threshold and the mean excess over it."""
        if self._tail is None:
            beyond = max(int(_BEYOND * len(self._sorted)), 1)
            threshold = self._sorted[-beyond - 1]
            excess = sum(self._sorted[-beyond:]) - beyond * threshold
            mean = (excess + _PRIOR_EXCESS * _PRIOR_WEIGHT) / (beyond + _PRIOR_WEIGHT)
            self._tail = threshold, mean
        return self._tail
