"""What is expected of any stretch of the hours that are not learned yet.

Each hour is predicted once, as it begins. The expected runs straight between hours, so that of a
stretch is the difference of two sums.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from detectors.baseline import HOUR, Prediction
from detectors.records.codec import as_object, numbers

UNKNOWN: Final = Prediction(0.0, 1.0)
_NEXT_TO_NOTHING: Final = 1e-9


class _Sum(NamedTuple):
    """Expected up to an hour's beginning, also times what it rests on; the hour's, a second."""

    mean: float
    weighted: float
    rate: float
    rests_on: float


class Outlook:
    """The predictions of the last hours, for each of `signals`."""

    def __init__(self, signals: Sequence[str]) -> None:
        self._signals = signals
        self._hours: dict[int, tuple[Prediction, ...]] = {}
        self._sums: dict[int, list[_Sum]] = {}

    def begin(self, hour: int, predictions: Sequence[Prediction], oldest: int) -> None:
        """Add what is expected of the hour that begins; forget those before `oldest`."""
        self._hours[hour] = tuple(predictions)
        self._hours = {at: kept for at, kept in self._hours.items() if at >= oldest}
        self._sum_up()

    def expected(self, start: int, end: int) -> list[Prediction]:
        """What was to be expected between two moments, of each signal."""
        start = max(start, self._first * HOUR)
        hour, last = start // HOUR, (end - 1) // HOUR
        into, until = start - hour * HOUR, end - last * HOUR
        found = []
        for begin, close in zip(self._sums[hour], self._sums[last], strict=True):
            mean = close.mean + close.rate * until - begin.mean - begin.rate * into
            if mean <= _NEXT_TO_NOTHING:
                found.append(UNKNOWN)
                continue
            weighted = close.weighted + close.rate * close.rests_on * until
            weighted -= begin.weighted + begin.rate * begin.rests_on * into
            found.append(Prediction(mean, weighted / mean))
        return found

    def hour(self, hour: int) -> tuple[Prediction, ...]:
        """What was said of one hour; nothing is known of one that is not here."""
        return self._hours.get(hour, (UNKNOWN,) * len(self._signals))

    def least(self, length: int) -> list[Prediction]:
        """The least that is expected of each signal in any stretch that ends in the last hour and
        lasts `length` seconds or more, and the most that it rests on."""
        hour = max(self._sums)
        begin, end = hour * HOUR, hour * HOUR + HOUR
        knots = (begin, begin + length % HOUR, end)
        return [
            Prediction(
                min(self._by(place, knot) - self._by(place, knot - length) for knot in knots),
                max(sums[place].rests_on for sums in self._sums.values()),
            )
            for place in range(len(self._signals))
        ]

    @property
    def _first(self) -> int:
        return next(iter(self._sums))

    def _by(self, place: int, moment: int) -> float:
        """What was expected from as early as is known up to a moment of the last hour or before."""
        hour = min(max(moment // HOUR, self._first), max(self._sums))
        known = self._sums[hour][place]
        return known.mean + known.rate * max(moment - hour * HOUR, 0)

    def _sum_up(self) -> None:
        self._sums = {}
        for hour, predictions in sorted(self._hours.items()):
            before = self._sums.get(hour - 1)
            self._sums[hour] = []
            for place, said in enumerate(predictions):
                mean = weighted = 0.0
                if before is not None:
                    last = before[place]
                    mean = last.mean + last.rate * HOUR
                    weighted = last.weighted + last.rate * last.rests_on * HOUR
                self._sums[hour].append(_Sum(mean, weighted, said.mean / HOUR, said.rests_on))

    def to_json(self) -> dict[str, object]:
        return {
            str(hour): {
                name: [said.mean, said.rests_on]
                for name, said in zip(self._signals, predictions, strict=True)
            }
            for hour, predictions in self._hours.items()
        }

    def restore(self, value: object) -> None:
        """Take up what `to_json` wrote; of a signal that it lacks nothing is known."""
        for hour, stored in as_object(value, "rates").items():
            rates = as_object(stored, "rates")
            self._hours[int(hour)] = tuple(_read(rates, name) for name in self._signals)
        self._sum_up()


def _read(rates: Mapping[str, object], name: str) -> Prediction:
    return Prediction(*numbers(rates[name], 2)) if name in rates else UNKNOWN
