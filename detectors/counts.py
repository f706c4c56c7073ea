"""Judging a plain series of counts, such as the volume history of another tool.

A row is judged by how rare its count is (see `rarity`) and by whether that is news: within a
day of the last row that said something, only what is e times rarer still says anything.
"""

from dataclasses import dataclass
from typing import Final

from detectors.rarity import Rarity

DAY: Final = 24 * 3600
HOURS: Final = 24
_MUCH_RARER: Final = 1.0
_HOUR_DECAY: Final = 0.995  # counts of an hour of the day: forgotten by half in 140 rows
_HOUR_PRIOR: Final = 24.0
_MEAN_DECAY: Final = 0.9998


@dataclass(frozen=True, slots=True)
class CountScore:
    """What is said of one row, by the rows before it.

    `expected` is the usual count at that hour of the day, `limit` the one that would have rung
    (`None` while learning). `score` is r / (r + r0) for a rarity of r nats where r0 rings: in
    [0, 1), 0 for what is no news; `alert` says that it is 0.5 or more.
    """

    expected: float
    limit: float | None
    score: float
    alert: bool


class CountScorer:
    """Rows in, in the order of time; `rarity` is how many nats it takes to ring."""

    def __init__(self, rarity: float) -> None:
        self._rings_at = rarity
        self._rarity = Rarity()
        self._began: int | None = None
        self._told_at = 0
        self._told = 0.0
        self._hours = [0.0] * HOURS
        self._weights = [0.0] * HOURS
        self._sum = self._weight = 0.0

    def score(self, at: int, count: float) -> CountScore:
        """Judge the count of the row at `at` (Unix seconds), then learn it."""
        if self._began is None:
            self._began = at
        learning = at - self._began < DAY
        rarity = 0.0 if learning else self._news(at, self._rarity.of(count))
        limit = None if learning else self._rarity.count_at(self._rings_at)
        expected = self._expected(at)
        self._learn(at, count if limit is None else min(count, limit))
        self._rarity.learn(count)
        return CountScore(
            expected=expected,
            limit=limit,
            score=rarity / (rarity + self._rings_at),
            alert=rarity >= self._rings_at,
        )

    def _news(self, at: int, rarity: float) -> float:
        if at - self._told_at > DAY:
            self._told = -_MUCH_RARER
        if rarity <= 0 or rarity <= self._told + _MUCH_RARER:
            return 0.0
        self._told_at, self._told = at, rarity
        return rarity

    def _expected(self, at: int) -> float:
        hour = at // 3600 % HOURS
        mean = self._sum / self._weight if self._weight else 0.0
        return (self._hours[hour] + _HOUR_PRIOR * mean) / (self._weights[hour] + _HOUR_PRIOR)

    def _learn(self, at: int, count: float) -> None:
        hour = at // 3600 % HOURS
        self._hours[hour] = self._hours[hour] * _HOUR_DECAY + count
        self._weights[hour] = self._weights[hour] * _HOUR_DECAY + 1
        self._sum = self._sum * _MEAN_DECAY + count
        self._weight = self._weight * _MEAN_DECAY + 1
