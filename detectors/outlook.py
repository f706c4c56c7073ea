"""What is expected of any stretch of the hours that are not learned yet.

Each hour is predicted once, as it begins. The expected runs straight between hours, so that of a
stretch is the difference of two sums.
"""

from collections.abc import Sequence
from operator import sub
from typing import Final, NamedTuple

from detectors.baseline import HOUR, Prediction
from detectors.records.codec import InvalidRecord, as_object, number_rows

UNKNOWN: Final = Prediction(0.0, 1.0)
_NEXT_TO_NOTHING: Final = 1e-9


class _Sum(NamedTuple):
    """Expected up to an hour's beginning, also times what it rests on; the hour's, a second."""

    mean: float
    weighted: float
    rate: float
    rests_on: float


_NOTHING: Final = _Sum(0.0, 0.0, 0.0, 0.0)


class Outlook:
    """The predictions of the last hours, for each of `signals`."""

    def __init__(self, signals: Sequence[str]) -> None:
        self._signals = signals
        self._hours: dict[int, tuple[Prediction, ...]] = {}
        self._sums: dict[int, list[_Sum]] | None = None  # worked out when asked for

    def begin(self, hour: int, predictions: Sequence[Prediction], oldest: int) -> None:
        """Add what is expected of the hour that begins; forget those before `oldest`."""
        self._hours[hour] = tuple(predictions)
        self._hours = {at: kept for at, kept in self._hours.items() if at >= oldest}
        self._sums = None

    def expected(self, start: int, end: int) -> list[Prediction]:
        """What was to be expected between two moments, of each signal."""
        sums = self._summed_up()
        start = max(start, min(self._hours) * HOUR)
        hour, last = start // HOUR, (end - 1) // HOUR
        into, until = start - hour * HOUR, end - last * HOUR
        found = []
        for begin, close in zip(sums[hour], sums[last], strict=True):
            mean = close.mean + close.rate * until - begin.mean - begin.rate * into
            weighted = close.weighted + close.rate * close.rests_on * until
            weighted -= begin.weighted + begin.rate * begin.rests_on * into
            known = min(mean, weighted) > _NEXT_TO_NOTHING
            found.append(Prediction(mean, weighted / mean) if known else UNKNOWN)
        return found

    def hour(self, hour: int) -> tuple[Prediction, ...]:
        """What was said of one hour; nothing is known of one that is not here."""
        return self._hours.get(hour, (UNKNOWN,) * len(self._signals))

    def least(self, length: int) -> list[Prediction]:
        """The least that is expected of each signal in any stretch that ends in the last hour and
        lasts `length` seconds or more, and the most that it rests on."""
        begin = max(self._hours) * HOUR
        knots = (begin, begin + length % HOUR, begin + HOUR)
        lasting = [map(sub, self._by(knot), self._by(knot - length)) for knot in knots]
        return list(map(Prediction, map(min, *lasting), self._most_to_rest_on()))

    def _most_to_rest_on(self) -> list[float]:
        by_signal = zip(*self._hours.values(), strict=True)
        return [max([said.rests_on for said in hours]) for hours in by_signal]

    def _by(self, moment: int) -> list[float]:
        """What was expected of each signal from as early as is known up to a moment of the last
        hour or before."""
        hour = min(max(moment // HOUR, min(self._hours)), max(self._hours))
        since = max(moment - hour * HOUR, 0)
        return [known.mean + known.rate * since for known in self._summed_up()[hour]]

    def _summed_up(self) -> dict[int, list[_Sum]]:
        if self._sums is None:
            self._sums = {}
            last = [_NOTHING] * len(self._signals)
            for hour, predictions in self._hours.items():
                last = [
                    _Sum(
                        before.mean + before.rate * HOUR,
                        before.weighted + before.rate * before.rests_on * HOUR,
                        said.mean / HOUR,
                        said.rests_on,
                    )
                    for before, said in zip(last, predictions, strict=True)
                ]
                self._sums[hour] = last
        return self._sums

    def to_json(self) -> dict[str, object]:
        return {
            str(hour): {
                name: [said.mean, said.rests_on]
                for name, said in zip(self._signals, predictions, strict=True)
            }
            for hour, predictions in self._hours.items()
        }

    def restore(self, value: object, last: int) -> None:
        """Take up what `to_json` wrote in the hour `last`; raises `InvalidRecord`.

        Of a signal that it lacks nothing is known.
        """
        stored = as_object(value, "rates")
        hours = range(last + 1 - len(stored), last + 1)
        if not stored or {*map(int, stored)} != {*hours}:
            raise InvalidRecord("bad_field", "rates: expected the last hours, without a gap")
        of_hours = [as_object(stored[str(hour)], "rates") for hour in hours]
        unknown = [*UNKNOWN]
        said = [rates.get(name, unknown) for rates in of_hours for name in self._signals]
        found = list(map(Prediction._make, number_rows(said, 2)))
        if any(one.mean < 0 or one.rests_on <= 0 for one in found):
            raise InvalidRecord("bad_field", "rates: expected a mean and what it rests on")
        each = len(self._signals)
        self._hours = {
            hour: tuple(found[place * each : place * each + each])
            for place, hour in enumerate(hours)
        }
        self._sums = None
