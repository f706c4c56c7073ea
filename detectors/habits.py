"""What is learned of one brand: how much is usual, hour by hour, and how surely.

An hour is predicted once, as it begins, and learned once it is final.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from detectors.baseline import BURST_PRIOR, HISTORY, HOUR, Baseline, Prediction
from detectors.burstiness import PART, PARTS, Burstiness
from detectors.cells import Cells
from detectors.outlook import UNKNOWN, Outlook
from detectors.records import Counts
from detectors.records.codec import InvalidRecord, as_object, numbers, require_count
from detectors.records.counts import counts_from_json
from detectors.spike import Expectation

PEOPLE: Final = 1000
"""The unit in which reach is counted: a follower more or less is no news."""
_REACH_BURST_PRIOR: Final = 3.0  # few posts reach many
_SHARE_PRIOR: Final = 0.25  # of a brand of which nothing is known yet,
_SHARE_WEIGHT: Final = 20.0  # as if from so many mentions
_SHARE_DECAY: Final = 0.998  # the share is forgotten by half in two weeks
SIGNALS: Final = ("volume", "negative", "authors", "alarming", "reach")


class Signals(NamedTuple):
    """What is expected of each signal, in the order of `SIGNALS`."""

    volume: Expectation
    negative: Expectation
    authors: Expectation
    alarming: Expectation
    reach: Expectation

    def times(self, factor: float) -> "Signals":
        """So many times as much of everything but what alarms."""
        more = Signals(*(Expectation(one.mean * factor, one.shape) for one in self))
        return more._replace(alarming=self.alarming)


class Habits:
    """Baselines, what they say of the hours under way, and the usual share of negatives."""

    def __init__(self, started: int, windows: Iterable[int]) -> None:
        self.started = started
        self.hour = started // HOUR
        self.baselines = {name: Baseline(Burstiness(_prior(name))) for name in SIGNALS}
        self.share = [_SHARE_PRIOR * _SHARE_WEIGHT, _SHARE_WEIGHT]
        # An hour is final once it has left the longest window, whole cells included.
        self._lag_hours = -(-max(windows) // HOUR) + 1
        self._bursts: dict[int, list[float]] = {}  # by length, in this hour, of what was asked for
        self._outlook = Outlook(SIGNALS)
        self._unlearned = Cells()  # by five minutes
        self._begin_hour()

    @property
    def usual_share(self) -> float:
        """The usual share of negatives among scored mentions."""
        return self.share[0] / self.share[1]

    @property
    def is_forgotten(self) -> bool:
        """Whether nothing was said in all of the history."""
        hours = self.baselines["volume"].hours
        return len(hours) == HISTORY and not any(hours)

    @property
    def known_hours(self) -> int:
        return self.baselines["volume"].known_hours

    def know(self, hours: int) -> bool:
        """Whether every hour in the longest window was predicted from so many hours or more."""
        return self.known_hours >= hours + self._lag_hours

    def expected(self, start: int, end: int, length: int) -> Signals:
        """What was to be expected between two moments, in a window of that length."""
        return self._with_shapes(self._outlook.expected(start, end), length)

    def foreseen(self, start: int, end: int, length: int) -> Signals:
        """The same of a stretch that may lie in hours that have not begun: as known by now."""
        means = [0.0] * len(SIGNALS)
        weighted = [0.0] * len(SIGNALS)
        for hour in range(start // HOUR, (end - 1) // HOUR + 1):
            part = (min(end, hour * HOUR + HOUR) - max(start, hour * HOUR)) / HOUR
            for place, said in enumerate(self._hour(hour)):
                means[place] += part * said.mean
                weighted[place] += part * said.mean * said.rests_on
        said_of_all = (
            Prediction(mean, weight / mean) if mean > 0 else UNKNOWN
            for mean, weight in zip(means, weighted, strict=True)
        )
        return self._with_shapes(said_of_all, length)

    def _hour(self, hour: int) -> Sequence[Prediction]:
        if hour <= self.hour:
            return self._outlook.hour(hour)
        ahead = hour - self.hour - 1
        return [self.baselines[name].foresee(ahead) for name in SIGNALS]

    def least_expected(self, length: int) -> Signals:
        """The least that is expected in a window that ends in this hour, and the surest."""
        return self._with_shapes(self._outlook.least(length), length)

    def _with_shapes(self, said: Iterable[Prediction], length: int) -> Signals:
        bursts = self._bursts.get(length)
        if bursts is None:
            bursts = [self.baselines[name].burst(length) for name in SIGNALS]
            self._bursts[length] = bursts
        return Signals(
            *(
                Expectation(one.mean, 1.0 / (burst + 1.0 / one.rests_on))
                for one, burst in zip(said, bursts, strict=True)
            )
        )

    def count(self, at: int, counts: Counts) -> None:
        """Take up what was said at a moment, to be learned once its hour is final."""
        self._unlearned.add(at // PART, counts)

    def go_on(self, at: int) -> bool:
        """Begin every hour up to that of a moment; whether there was one."""
        if self.hour >= at // HOUR:
            return False
        while self.hour < at // HOUR:
            self.hour += 1
            self._begin_hour()
        return True

    def _begin_hour(self) -> None:
        final = self.hour - self._lag_hours
        if final >= self.started // HOUR:
            self._learn(final)
        is_whole = self.hour * HOUR >= self.started
        predictions = [self.baselines[name].predict() if is_whole else UNKNOWN for name in SIGNALS]
        self._outlook.begin(self.hour, predictions, final)
        self._bursts.clear()

    def _learn(self, hour: int) -> None:
        parts = dict(self._unlearned.pop_before((hour + 1) * PARTS))
        if hour * HOUR < self.started:  # listening began in the middle of it
            return
        counted = [parts.get(hour * PARTS + n) or Counts() for n in range(PARTS)]
        for name, counts in zip(SIGNALS, zip(*map(_signals, counted), strict=True), strict=True):
            self.baselines[name].learn(counts)
        self._learn_share(counted)

    def _learn_share(self, parts: Sequence[Counts]) -> None:
        mentions = sum(part.mentions for part in parts)
        scored = mentions - sum(part.unscored for part in parts)
        if scored:
            believed = scored * min(self.baselines["volume"].hours[-1] / mentions, 1.0)
            negative = min(self.baselines["negative"].hours[-1], believed)
            self.share[0] = self.share[0] * _SHARE_DECAY + negative
            self.share[1] = self.share[1] * _SHARE_DECAY + believed

    def to_json(self) -> dict[str, object]:
        return {
            "baselines": {name: baseline.to_json() for name, baseline in self.baselines.items()},
            "share": self.share,
            "hour": self.hour,
            "rates": self._outlook.to_json(),
            "parts": {str(part): counts.to_json() for part, counts in self._unlearned},
        }

    def restore(self, record: Mapping[str, object]) -> None:
        """Take up what `to_json` wrote; raises `InvalidRecord`."""
        self.baselines = _baselines(as_object(record.get("baselines"), "baselines"))
        self.share = numbers(record.get("share"), 2)
        if not 0 <= self.share[0] <= self.share[1] != 0:
            raise InvalidRecord("bad_field", "share: expected negatives among scored mentions")
        self.hour = require_count(record, "hour")
        self._outlook.restore(record.get("rates"), self.hour)
        self._unlearned = Cells(sorted(_unlearned(record).items()))
        self._bursts.clear()


def _signals(counts: Counts) -> tuple[int, ...]:
    """What is counted of each of `SIGNALS`."""
    reach = counts.negative_reach // PEOPLE
    return counts.mentions, counts.negative, counts.authors, counts.alarming, reach


def _prior(signal: str) -> float:
    return _REACH_BURST_PRIOR if signal == "reach" else BURST_PRIOR


def _baselines(stored: Mapping[str, object]) -> dict[str, Baseline]:
    """A signal that the stored ones lack begins with the hour that is learned next."""
    volume = Baseline.from_json(stored.get("volume"))
    unknown = {"hours": [], "level": [0.0, 0.0], "predictions": [None] * len(volume.predictions)}
    return {name: Baseline.from_json(stored.get(name, unknown), _prior(name)) for name in SIGNALS}


def _unlearned(record: Mapping[str, object]) -> dict[int, Counts]:
    if "parts" in record:
        parts = as_object(record["parts"], "parts")
        return dict(zip(map(int, parts), counts_from_json(parts.values()), strict=True))
    # The first version kept hours: their parts are taken to have been alike.
    found = {}
    for hour, stored in as_object(record.get("unlearned"), "unlearned").items():
        whole = Counts.from_json(stored).to_json()
        for n in range(PARTS):
            shares = [(n + 1) * count // PARTS - n * count // PARTS for count in whole]
            found[int(hour) * PARTS + n] = Counts.from_json(shares)
    return found
