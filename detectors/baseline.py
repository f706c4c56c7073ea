"""What is normal for one brand and one signal: the expected count of any stretch of time.

From four weeks of hourly counts:

    rate(h) = m · f(h) · l

where m is the mean of the last week, f(h) the profile of the hour (the counts at that hour of the
day and its neighbours on earlier days against m, younger days weighing more and the same day of
the week eight times as much, shrunk towards 1 where days are few) and l the level of late (what
came against what m · f said, forgotten by half in twelve hours, shrunk and bounded).

*Robust*: before an hour is learned it is cut to what was still plausible, so an incident hardly
teaches the baseline that crisis is normal. *Honest*: the expectation's shape (see `spike`) joins
the brand's own burstiness, by the method of moments on past errors, with how few mentions the
estimate rests on.
"""

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Final

from detectors.records.codec import as_list, as_object, numbers
from detectors.spike import Expectation

DAY: Final = 24
WEEK: Final = 7 * DAY
HISTORY: Final = 4 * WEEK
_DAY_DECAY: Final = 0.9  # a day ten days back weighs a third of yesterday
_SAME_WEEKDAY: Final = 8.0
_NEIGHBOURS: Final = ((-1, 0.25), (0, 0.5), (1, 0.25))
_PROFILE_PRIOR: Final = 1.0  # how many days at m every hour of the profile starts with
_LEVEL_PRIOR: Final = 12.0  # how many hours at level 1 join in the level
_LEVEL_DECAY: Final = 0.944
_LEVEL_BOUND: Final = 3.0
_BURST_PRIOR: Final = 0.15  # 1/shape of a brand of which nothing is known yet
_BURST_PRIOR_HOURS: Final = 48.0
_BURST_DECAY: Final = 0.998  # errors are forgotten by half in two weeks
_PLAUSIBLE_SIGMAS: Final = 3.0


@dataclass(frozen=True, slots=True)
class _Prediction:
    """What was said of an hour that is not learned yet; `base` is m · f, before the level."""

    base: float
    mean: float
    shape: float


@dataclass(slots=True)
class Baseline:
    """The hourly counts of the last four weeks, oldest first, and how wrong predictions were.

    Hours go by in order: `predict` is called as each begins, `learn` once its count is final,
    which may be hours later.
    """

    hours: list[float] = field(default_factory=list)
    came: float = 0.0
    said: float = 0.0
    excess: float = 0.0
    squares: float = 0.0
    predictions: deque[_Prediction | None] = field(default_factory=deque)

    @property
    def known_hours(self) -> int:
        return len(self.hours)

    def learn(self, count: int) -> None:
        """Add the final count of the oldest hour that is not learned yet."""
        value = float(count)
        said = self.predictions.popleft()
        if said is not None:
            spread = math.sqrt(said.mean + said.mean**2 / said.shape)
            value = min(value, said.mean + _PLAUSIBLE_SIGMAS * spread + 1.0)
            error = value - said.mean
            self.excess = self.excess * _BURST_DECAY + error * error - said.mean
            self.squares = self.squares * _BURST_DECAY + said.mean**2
            self.came = self.came * _LEVEL_DECAY + value
            self.said = self.said * _LEVEL_DECAY + said.base
        self.hours.append(value)
        del self.hours[:-HISTORY]

    def predict(self) -> Expectation:
        """What the next hour will bring; of no use, and 0, before a day has been learned."""
        if len(self.hours) < DAY:
            self.predictions.append(None)
            return Expectation(0.0, 1.0)
        week = self.hours[-WEEK:]
        mean = max(sum(week) / len(week), 1.0 / (len(self.hours) + 1))
        own, weight = self._around(len(self.hours) + len(self.predictions))
        base = (own + _PROFILE_PRIOR * mean) / (weight + _PROFILE_PRIOR)
        prior = _LEVEL_PRIOR * mean
        level = (self.came + prior) / (self.said + prior)
        rate = base * min(max(level, 1 / _LEVEL_BOUND), _LEVEL_BOUND)
        rests_on = 1.0 + rate * (weight + _PROFILE_PRIOR) + 0.25 * mean * len(week)
        shape = 1.0 / (self._burstiness(mean) + 1.0 / rests_on)
        self.predictions.append(_Prediction(base, rate, shape))
        return Expectation(rate, shape)

    def _around(self, place: int) -> tuple[float, float]:
        """Weighted counts at the hour of the day of `place` on earlier days; the weights' sum."""
        hours, known = self.hours, len(self.hours)
        total = weights = 0.0
        for days in range(1, (place + 1) // DAY + 1):
            then = place - days * DAY
            day = _DAY_DECAY ** (days - 1) * (1.0 if days % 7 else _SAME_WEEKDAY)
            for offset, kernel in _NEIGHBOURS:
                if 0 <= then + offset < known:
                    total += day * kernel * hours[then + offset]
                    weights += day * kernel
        return total, weights

    def _burstiness(self, mean: float) -> float:
        """1/shape: the variance beyond Poisson's, over the squared mean, shrunk to a prior."""
        prior = _BURST_PRIOR_HOURS * max(mean, 0.05) ** 2
        return (max(self.excess, 0.0) + _BURST_PRIOR * prior) / (self.squares + prior)

    def to_json(self) -> dict[str, object]:
        return {
            "hours": self.hours,
            "errors": [self.came, self.said, self.excess, self.squares],
            "predictions": [
                said and [said.base, said.mean, said.shape] for said in self.predictions
            ],
        }

    @classmethod
    def from_json(cls, value: object) -> "Baseline":
        record = as_object(value, "baseline")
        came, said, excess, squares = numbers(record.get("errors"), 4)
        predictions = (
            None if item is None else _Prediction(*numbers(item, 3))
            for item in as_list(record.get("predictions"), "predictions")
        )
        hours = numbers(record.get("hours"))
        return cls(hours[-HISTORY:], came, said, excess, squares, deque(predictions))
