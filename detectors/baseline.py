"""What is normal for one brand and one signal: the expected count of any stretch of time.

From four weeks of hourly counts:

    rate(h) = m · f(h) · l

where m is the mean of the last week, f(h) the profile of the hour (the counts at that hour of the
day and its neighbours on earlier days against m, younger days weighing more and the same day of
the week eight times as much, shrunk towards 1 where days are few) and l the level of late (what
came against what m · f said, forgotten by half in twelve hours, shrunk and bounded).

*Robust*: before an hour is learned it is cut to what was still plausible, so an incident hardly
teaches the baseline that crisis is normal. *Honest*: a prediction says how many mentions it rests
on, and how much the brand's counts vary beyond chance is learned as well (see `burstiness`).
"""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import mul
from typing import Final, NamedTuple

from detectors.burstiness import Burstiness, plausible
from detectors.records.codec import (
    InvalidRecord,
    as_list,
    as_object,
    number_rows,
    numbers,
    whole_numbers,
)

HOUR: Final = 3600
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
BURST_PRIOR: Final = 0.15
_MOST: Final = 2**32 - 1  # an hour


class Prediction(NamedTuple):
    """What is expected of an hour, and how many counts that estimate rests on."""

    mean: float
    rests_on: float


class _Prediction(NamedTuple):
    """What was said of an hour that is not learned yet; `base` is m · f, before the level."""

    base: float
    mean: float
    rests_on: float


@dataclass(slots=True)
class Baseline:
    """The hourly counts of the last four weeks, oldest first, and how wrong predictions were.

    Hours go by in order: `predict` is called as each begins, `learn` once its count is final,
    which may be hours later.
    """

    burstiness: Burstiness = field(default_factory=lambda: Burstiness(BURST_PRIOR))
    hours: "array[int]" = field(default_factory=lambda: _packed(()))
    came: float = 0.0
    said: float = 0.0
    predictions: list[_Prediction | None] = field(default_factory=list)

    @property
    def known_hours(self) -> int:
        return len(self.hours)

    def learn(self, parts: Sequence[int]) -> None:
        """Add the final counts, of five minutes each, of the oldest hour not learned yet."""
        value = sum(parts)
        said = self.predictions.pop(0)
        if said is not None:
            burst = self.burstiness.over(HOUR, said.mean)
            value = round(plausible(value, said.mean, burst + 1 / said.rests_on))
            self.burstiness.learn(parts, said.mean, said.rests_on)
            self.came = self.came * _LEVEL_DECAY + value
            self.said = self.said * _LEVEL_DECAY + said.base
        self.hours.append(min(value, _MOST))
        del self.hours[:-HISTORY]

    def predict(self) -> Prediction:
        """What the next hour will bring; of no use, and 0, before a day has been learned."""
        said = self._foresee(0)
        self.predictions.append(said)
        return _shown(said)

    def foresee(self, ahead: int) -> Prediction:
        """What an hour will bring that is `ahead` hours behind the next one, as far as is known."""
        return _shown(self._foresee(ahead))

    def _foresee(self, ahead: int) -> _Prediction | None:
        if len(self.hours) < DAY:
            return None
        week = self.hours[-WEEK:]
        mean = max(sum(week) / len(week), 1.0 / (len(self.hours) + 1))
        own, weight = self._around(len(self.hours) + len(self.predictions) + ahead)
        base = (own + _PROFILE_PRIOR * mean) / (weight + _PROFILE_PRIOR)
        prior = _LEVEL_PRIOR * mean
        level = (self.came + prior) / (self.said + prior)
        rate = base * min(max(level, 1 / _LEVEL_BOUND), _LEVEL_BOUND)
        rests_on = 1.0 + rate * (weight + _PROFILE_PRIOR) + 0.25 * mean * len(week)
        return _Prediction(base, rate, rests_on)

    def _around(self, place: int) -> tuple[float, float]:
        """Weighted counts at the hour of the day of `place` on earlier days; the weights' sum."""
        places, weights, weight = _neighbours(len(self.hours), place)
        hours = self.hours
        return sum(map(mul, weights, [hours[at] for at in places]), 0.0), weight

    def burst(self, seconds: int) -> float:
        """The burstiness over a stretch so long, as known now."""
        week = self.hours[-WEEK:]
        return self.burstiness.over(seconds, sum(week) / max(len(week), 1))

    def to_json(self) -> dict[str, object]:
        return {
            "hours": self.hours.tolist(),
            "level": [self.came, self.said],
            "burstiness": self.burstiness.to_json(),
            "predictions": [
                said and [said.base, said.mean, said.rests_on] for said in self.predictions
            ],
        }

    @classmethod
    def from_json(cls, value: object, burst_prior: float = BURST_PRIOR) -> "Baseline":
        record = as_object(value, "baseline")
        if "errors" in record:  # as the first version wrote it
            came, said, excess, squares = numbers(record.get("errors"), 4)
            burstiness = Burstiness.from_hourly(excess, squares, burst_prior)
        else:
            came, said = numbers(record.get("level"), 2)
            learned = record.get("burstiness")
            burstiness = (
                Burstiness.from_json(learned, burst_prior) if learned else Burstiness(burst_prior)
            )
        stored = as_list(record.get("predictions"), "predictions")
        rows = number_rows([one for one in stored if one is not None], 3)
        if min(came, said) < 0 or any(min(row) < 0 or row[2] == 0 for row in rows):
            raise InvalidRecord("bad_field", "baseline: expected nothing below 0")
        known = map(_Prediction._make, rows)
        predictions = [None if one is None else next(known) for one in stored]
        hours = whole_numbers(record.get("hours"))[-HISTORY:]
        return cls(burstiness, _packed(hours), came, said, predictions)


def _packed(hours: Iterable[int]) -> "array[int]":
    """In four bytes each: four weeks of five signals are 13 kB a brand, as lists up to 120."""
    return array("I", [min(hour, _MOST) for hour in hours])


def _shown(said: _Prediction | None) -> Prediction:
    return Prediction(0.0, 1.0) if said is None else Prediction(said.mean, said.rests_on)


@lru_cache(maxsize=1024)
def _neighbours(known: int, place: int) -> tuple[Sequence[int], Sequence[float], float]:
    """Which hours there are at the hour of the day of `place`, their weights, and the sum of these.

    The same for all brands that have been known as long.
    """
    places, weights = [], []
    for days in range(1, (place + 1) // DAY + 1):
        then = place - days * DAY
        day = _DAY_DECAY ** (days - 1) * (1.0 if days % 7 else _SAME_WEEKDAY)
        for offset, kernel in _NEIGHBOURS:
            if 0 <= then + offset < known:
                places.append(then + offset)
                weights.append(day * kernel)
    return places, weights, sum(weights, 0.0)
