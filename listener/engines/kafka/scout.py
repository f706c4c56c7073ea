"""The scout of a worker that is behind: it looks at the end of the log and tells what is there.

Every ten seconds, or `after` seconds where that is less, it asks the broker whether what the
worker takes next has waited for longer than `after`, by the broker's dates as in all that is asked
here. If so, it looks at the end of every partition of `mentions` that the worker has: what the
broker had within the last `span` seconds, read at one place at random in each tenth, some two
hundred mentions of each partition and no more than eight hundred in all, scored like all others
and counted nowhere. Only what was also published within those seconds is kept: a recording that is
played in, or a source that brings its history, is no news. What was found of each brand goes to
its partition of `tallies` as a `Glance`; what becomes of it there is told in `detectors.glances`.

It costs about a seventh of a second of scoring every ten, a place at a time. Whatever happens to
it, the worker goes on: it says so and tries again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog

from detectors.records import Bucket, Glance, Mention
from detectors.records.glance import Place
from detectors.records.times import from_epoch
from detectors.scoring import STEP, MentionScorer
from listener.engines.kafka.log import partition_of
from listener.engines.kafka.records import Send, glance_records, send_all
from listener.engines.kafka.sampler import End, Sample, take_sample
from listener.engines.kafka.topics import Topics
from listener.engines.observer import WorkerObserver

_LOOK_SECONDS: Final = 10.0
_CLOSE_SECONDS: Final = 3.0
_MOST: Final = 800
_MOST_OF_ONE: Final = 200

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Look:
    """One look: when, at what was published since, and how late scoring was."""

    now: datetime
    begin: int
    behind: int

    @property
    def end(self) -> int:
        return int(self.now.timestamp()) // STEP * STEP


@dataclass(slots=True)
class _Found:
    """What the places of one partition hold of one brand."""

    places: list[Place]
    writers: list[int] = field(default_factory=list)
    bucket: Bucket = field(default_factory=Bucket)

    def add(self, place: int, mention: Bucket) -> None:
        """Add a single mention."""
        negative, alarming = self.places[place]
        counts = mention.counts
        self.places[place] = negative + counts.negative, alarming + counts.alarming
        self.writers += mention.authors
        self.bucket.merge(mention)

    def glance(self, brand: str, partition: int, scale: float, look: _Look) -> Glance:
        return Glance(
            brand=brand,
            partition=partition,
            taken_at=look.now,
            begin=look.begin,
            end=look.end,
            behind=look.behind,
            scale=scale,
            places=self.places,
            writers=self.writers,
            bucket=self.bucket,
        )


class Scout:
    """Looks ahead for one worker, on behalf of `reached`: the next offset of each partition."""

    def __init__(
        self,
        open_end: Callable[[], Awaitable[End]],
        topics: Topics,
        scorer: MentionScorer,
        *,
        reached: Callable[[], Mapping[int, int]],
        send: Send,
        observer: WorkerObserver,
        after: float,
        span: int,
        clock: Callable[[], datetime],
    ) -> None:
        self._open_end = open_end
        self._topics = topics
        self._scorer = scorer
        self._reached = reached
        self._send = send
        self._observer = observer
        self._after = timedelta(seconds=after)
        self._span = span
        self._clock = clock
        self._end: End | None = None
        self._was_behind = False

    async def run(self) -> None:
        """Look again and again; never returns, and never raises but when cancelled."""
        try:
            while True:
                await asyncio.sleep(min(self._after.total_seconds(), _LOOK_SECONDS))
                try:
                    await self.look()
                except Exception as error:  # noqa: BLE001 - whatever it is, scoring goes on
                    log.warning("can't look at the end of the log", error=repr(error))
                    await self._let_go()
        finally:
            await self._let_go()

    async def look(self) -> None:
        """Look once, if the worker is behind, and send what was found."""
        reached = dict(self._reached())
        if not reached:
            self._observer.behind(0)
            return
        end = self._end = self._end or await self._open_end()
        now = self._clock()
        behind = await self._behind(end, reached, now)
        self._observer.behind(behind)
        if behind and not self._was_behind:
            log.warning("scoring is behind, looking at the end of the log", seconds=behind)
        elif self._was_behind and not behind:
            log.info("scoring has caught up")
        self._was_behind = bool(behind)
        if behind:
            begin = int(now.timestamp()) // STEP * STEP - self._span
            await self._glance(end, sorted(reached), _Look(now, begin, behind))

    async def _behind(self, end: End, reached: Mapping[int, int], now: datetime) -> int:
        """How many seconds the record taken next has waited where that is the longest; else 0."""
        places = sorted(reached)
        # Where nothing came since, all that is there has waited.
        due = {**await end.ends(places), **await end.first_since(places, now - self._after)}
        waited = 0.0
        for partition, offset in reached.items():
            if offset < due.get(partition, 0):
                for record in await end.read(partition, offset, 1):
                    waited = max(waited, now.timestamp() - record.at)
        return int(waited)

    async def _glance(self, end: End, partitions: Sequence[int], look: _Look) -> None:
        first = await end.first_since(partitions, from_epoch(look.begin))
        last = await end.ends(partitions)
        most = min(_MOST // len(partitions), _MOST_OF_ONE)
        spread: list[list[Glance]] = [[] for _ in range(self._topics.partitions)]
        for partition, start in first.items():
            sample = await take_sample(
                end, partition, range(start, last[partition]), most, look.now
            )
            self._observer.glanced(sum(map(len, sample.places)))
            for brand, found in (await self._score(sample, look)).items():
                glance = found.glance(brand, partition, sample.scale, look)
                spread[partition_of(brand, self._topics.partitions)].append(glance)
        await send_all(
            self._send,
            [
                record
                for number, glances in enumerate(spread)
                for record in glance_records(self._topics.tallies, number, glances)
            ],
        )

    async def _score(self, sample: Sample, look: _Look) -> dict[str, _Found]:
        """What was published live, by brand."""
        by_brand: dict[str, _Found] = {}
        since = from_epoch(look.begin)
        for place, mentions in enumerate(sample.places):
            for mention in mentions:
                if since <= mention.published_at <= look.now:
                    self._add(mention, place, len(sample.places), by_brand)
            await asyncio.sleep(0)
        return by_brand

    def _add(self, mention: Mention, place: int, places: int, into: dict[str, _Found]) -> None:
        for tally in self._scorer.tally([mention], 0, 0).tallies:
            found = into.setdefault(tally.brand, _Found([(0, 0)] * places))
            for bucket in tally.buckets.values():
                found.add(place, bucket)

    async def _let_go(self) -> None:
        end, self._end = self._end, None
        if end is not None:
            with suppress(Exception):  # it may be what failed
                async with asyncio.timeout(_CLOSE_SECONDS):
                    await end.close()
