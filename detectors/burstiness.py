"""How much more a brand's counts vary than chance alone would have them.

Mentions come in bursts: a count that is m in the mean varies by m + b·m². The burstiness b is one
over the shape of the negative binomial (see `spike`). It is learned from how wrong predictions
were, by the method of moments,

    b = Σ (error² - m) / Σ m²

apart for stretches of four lengths: bursts of minutes even out over hours, those of hours don't.
It is forgotten by half in two weeks, and shrunk to a prior that weighs as much as two days.
"""

import math
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from detectors.records.codec import InvalidRecord, as_object, number_rows, numbers

PARTS: Final = 12
PART: Final = 300
"""An hour is learned as so many counts, of so many seconds each."""
_JOINED: Final = (1, 3, 12, 36)  # how many parts each length takes: five minutes to three hours
_LENGTHS: Final = tuple(joined * PART for joined in _JOINED)
_HOURS: Final = 3
_PRIOR_HOURS: Final = 48.0
_LEAST_MEAN: Final = 0.05
_DECAY: Final = 0.998
_PLAUSIBLE_SIGMAS: Final = 3.0


@dataclass(slots=True)
class Burstiness:
    """For each length the sum of the squared errors beyond chance, and of the squared means.

    `prior` is the burstiness of a brand of which nothing is known yet; `hours` holds count and
    expected of the last three hours, in turn. All packed: every brand has five of them.
    """

    prior: float
    excess: "array[float]" = field(default_factory=lambda: _packed([0.0] * len(_JOINED)))
    squares: "array[float]" = field(default_factory=lambda: _packed([0.0] * len(_JOINED)))
    hours: "array[float]" = field(default_factory=lambda: _packed(()))

    def learn(self, parts: Sequence[int], expected: float, rests_on: float) -> None:
        """Take up an hour of which so much was `expected`, by as many counts as it `rests_on`.

        No stretch weighs more than is still plausible: an incident is no burst.
        """
        whole = plausible(sum(parts), expected, self.over(3600, expected) + 1 / rests_on)
        self.hours = _packed([*self.hours, whole, expected][-2 * _HOURS :])
        for place, joined in enumerate(_JOINED):
            b = self._at(place, expected)
            mean = expected * joined / PARTS
            if joined > PARTS:
                mean = sum(self.hours[1::2])
                counts: Sequence[float] = [sum(self.hours[::2])]
            elif joined == 1:
                counts = parts
            else:
                counts = [sum(parts[at : at + joined]) for at in range(0, PARTS, joined)]
            most = most_plausible(mean, b + 1 / rests_on)
            errors = [(count if count < most else most) - mean for count in counts]
            self.excess[place] *= _DECAY
            self.excess[place] += sum([error * error - mean for error in errors])
            self.squares[place] *= _DECAY
            self.squares[place] += len(counts) * mean * mean

    def over(self, seconds: int, hourly: float) -> float:
        """The burstiness of a stretch so long, of a brand with so many an hour."""
        place = bisect_right(_LENGTHS, seconds) - 1
        return self._at(max(place, 0), hourly)

    def _at(self, place: int, hourly: float) -> float:
        mean = max(hourly, _LEAST_MEAN) * _JOINED[place] / PARTS
        prior = _PRIOR_HOURS * max(PARTS / _JOINED[place], 1) * mean * mean
        return (max(self.excess[place], 0.0) + self.prior * prior) / (self.squares[place] + prior)

    def to_json(self) -> dict[str, object]:
        return {
            "excess": self.excess.tolist(),
            "squares": self.squares.tolist(),
            "hours": [[*hour] for hour in zip(self.hours[::2], self.hours[1::2], strict=True)],
        }

    @classmethod
    def from_json(cls, value: object, prior: float) -> "Burstiness":
        record = as_object(value, "burstiness")
        excess, squares = (
            numbers(record.get(name), len(_JOINED)) for name in ("excess", "squares")
        )
        hours = number_rows(record.get("hours"), 2)
        if min(squares) < 0 or any(min(hour) < 0 for hour in hours):
            raise InvalidRecord("bad_field", "burstiness: expected nothing below 0")
        last = chain.from_iterable(hours[-_HOURS:])
        return cls(prior, _packed(excess), _packed(squares), _packed(last))

    @classmethod
    def from_hourly(cls, excess: float, squares: float, prior: float) -> "Burstiness":
        """What a version that knew only whole hours had learned, taken for all lengths."""
        weights = [joined / PARTS * max(joined / PARTS, 1) for joined in _JOINED]
        return cls(
            prior,
            _packed([excess * part for part in weights]),
            _packed([squares * part for part in weights]),
        )


def _packed(numbers: Iterable[float]) -> "array[float]":
    return array("d", numbers)


def plausible(count: float, mean: float, burstiness: float) -> float:
    """The count, cut to what is still to be believed."""
    return min(count, most_plausible(mean, burstiness))


def most_plausible(mean: float, burstiness: float) -> float:
    """What is still to be believed: three standard deviations and one."""
    return mean + _PLAUSIBLE_SIGMAS * math.sqrt(mean + mean**2 * burstiness) + 1.0
