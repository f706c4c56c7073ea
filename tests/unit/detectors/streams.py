"""Streams of made-up mentions for the tests of detection, as tallies and progress."""

import itertools
import random
from collections.abc import Iterable, Mapping
from functools import cache

from detectors.brand_state import BrandState
from detectors.crowd import author_key
from detectors.detector import Detector
from detectors.records import Alert, Bucket, Counts, Progress, Sample, Tally, dumps, loads
from detectors.records.times import from_epoch
from detectors.scoring import STEP
from detectors.settings import DetectionSettings

MONDAY = 1_760_313_600  # 13 October 2025, 00:00 UTC
MINUTE = 60
HOUR = 3600
DAY = 24 * HOUR
BRAND = "Acme"
_people = itertools.count()


def bucket(
    negative: int = 0,
    neutral: int = 0,
    positive: int = 0,
    *,
    reach: int = 0,
    alarming: int = 0,
    source: str = "microblog/chirp",
    author: str | None = None,
    at: int = MONDAY,
) -> Bucket:
    """What was said in one step; every negative mention has the reach `reach`.

    Without an `author` each is by somebody who never speaks again.
    """
    mentions = negative + neutral + positive
    counts = Counts(mentions, negative, neutral, positive)
    counts.reach = counts.negative_reach = reach * negative
    counts.alarming = alarming
    made = Bucket(counts)
    made.add_source(source, mentions, negative)
    made.add_language("en", mentions)
    names = [author_key("chirp", author or str(next(_people))) for _ in range(negative)]
    made.add_authors(names, names[:alarming])
    if negative:
        post = Sample(f"{source}:{at}", "chirp", "microblog", f"parcel lost {at}", from_epoch(at))
        made.add_samples([post], [post])
    return made


class Stream:
    """A detector for one brand, fed second by second of event time."""

    def __init__(
        self,
        settings: DetectionSettings | None = None,
        start: int = MONDAY,
        *,
        brand: str = BRAND,
    ) -> None:
        self.brand = brand
        self.detector = Detector([brand], settings or DetectionSettings())
        self.now = start
        self.alerts: list[Alert] = []
        self._offset = 0
        self.detector.advance(Progress(0, from_epoch(start)))

    @classmethod
    def with_a_past(cls, settings: DetectionSettings | None = None) -> "Stream":
        """After three usual days of a dozen mentions an hour, in which nothing rang."""
        stream = cls(settings, MONDAY + 3 * DAY)
        state = BrandState.from_json(loads(_past()), stream.detector.settings.windows)
        stream.detector.restore(state)
        stream._offset = 1_000
        return stream

    def fold(self, buckets: Mapping[int, Bucket]) -> bool:
        self._offset += 1
        return self.detector.fold(Tally(self.brand, 0, self._offset, buckets))

    def advance(self, to: int) -> list[Alert]:
        self.now = to
        alerts = self.detector.advance(Progress(0, from_epoch(to)))
        self.alerts += alerts
        return alerts

    def say(
        self, seconds: int, *, every: int, negative: int = 0, neutral: int = 0, positive: int = 0
    ) -> list[Alert]:
        """For so long, evenly: so many mentions `every` so many seconds."""
        end = self.now + seconds
        buckets = {
            at: bucket(negative, neutral, positive, at=at) for at in range(self.now, end, every)
        }
        self.fold(buckets)
        return self.advance(end)

    def usual_days(self, days: int, *, hourly: int = 12, seed: int = 1) -> list[Alert]:
        """Days at a random but steady pace of `hourly` mentions, a quarter of them negative."""
        alerts: list[Alert] = []
        chance = random.Random(seed)
        for _ in range(days * 24):
            buckets: dict[int, Bucket] = {}
            for _ in range(sum(chance.random() < 0.5 for _ in range(2 * hourly))):
                at = self.now + chance.randrange(HOUR // STEP) * STEP
                is_negative = chance.random() < 0.25
                made = bucket(int(is_negative), int(not is_negative), at=at)
                buckets.setdefault(at, Bucket()).merge(made)
            self.fold(buckets)
            alerts += self.advance(self.now + HOUR)
        return alerts


@cache
def _past() -> bytes:
    stream = Stream()
    assert stream.usual_days(3) == []
    return dumps(stream.detector.states[BRAND].to_json())


def told(alerts: Iterable[Alert]) -> list[str]:
    """The alerts in short, like ``opened issue``."""
    return [f"{alert.status.value} {alert.severity.value}" for alert in alerts]
