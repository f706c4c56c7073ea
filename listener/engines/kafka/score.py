"""The first half of a worker: envelopes in, tallies out.

Records are scored in stretches. An offset on `mentions` is acknowledged only when its stretch has
ended and the broker has everything that came of it, in this order: the tallies, then the keys of
the mentions seen. Killed before the first, the stretch is scored again; killed between the two,
it is scored again to the same tallies, which the detector has already folded; killed behind both,
`done` says that it needs no scoring.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import replace
from datetime import datetime
from itertools import zip_longest
from typing import Final

import structlog

from detectors.records import InvalidRecord, Progress, Rejection, Tally
from detectors.records.envelope import parse_envelope
from detectors.scoring import MentionScorer
from listener.engines.kafka.log import partition_of
from listener.engines.kafka.records import (
    Outgoing,
    Send,
    rejection_record,
    send_all,
    tally_records,
)
from listener.engines.kafka.seen_rows import SeenRows
from listener.engines.kafka.stretch import MAX_MENTIONS, Event, Source, StoredRows, Stretch
from listener.engines.kafka.topics import Topics
from listener.engines.observer import PipelineObserver

# Mentions that are scored together, which costs less (see `MentionScorer`).
_TOGETHER: Final = 100
# Mentions and records: some 400 envelopes, or 10,000 mentions that came one by one.
_MAX_PENDING: Final = 20_000

log = structlog.get_logger()


class ScoreStage:
    """Scores the envelopes of the partitions that this worker has."""

    def __init__(
        self,
        scorer: MentionScorer,
        topics: Topics,
        *,
        stored: StoredRows,
        generation: Callable[[], int],
        send: Send,
        observer: PipelineObserver,
        clock: Callable[[], datetime],
    ) -> None:
        """`generation` grows whenever partitions move."""
        self._scorer = scorer
        self._topics = topics
        self._stored = stored
        self._generation = generation
        self._send = send
        self._observer = observer
        self._clock = clock
        self._sources: dict[int, Source] = {}
        self._ended: list[Stretch] = []
        self._lock = asyncio.Lock()
        self._is_cut_off = False

    @property
    def is_full(self) -> bool:
        held = sum(len(stretch.events) + stretch.size for stretch in self._ended)
        return held >= _MAX_PENDING

    @property
    def pending(self) -> int:
        """How many records were taken and are not finished."""
        still_open = (source.open for source in self._sources.values() if source.open is not None)
        return sum(len(stretch.events) for stretch in (*self._ended, *still_open))

    def reached(self, partitions: Set[int]) -> datetime | None:
        """How far event time is on all of them, as far as they were taken; `None` where one has not
        said so yet."""
        known = [self._sources[number].watermark for number in partitions & self._sources.keys()]
        told = [at for at in known if at is not None]
        return min(told) if told and len(told) == len(partitions) else None

    @property
    def is_due(self) -> bool:
        """Whether something waits to be sent."""
        return bool(self._ended)

    def take(self, event: Event) -> None:
        """Score one record; never raises, whatever is in it."""
        source = self._source(event.partition)
        if event.offset <= source.rows.done:
            self._ended.append(Stretch([event]))
            return
        now = self._clock()
        # What lies in the future is told by the broker's clock: this worker's may be wrong, and
        # another that scores the record again, later, has to come to the same.
        envelope, rejections = parse_envelope(event.value or b"", now=event.at or now)
        if len(envelope.mentions) > MAX_MENTIONS:
            rejections.append(_too_many(len(envelope.mentions), event.value))
            envelope = replace(envelope, mentions=envelope.mentions[:MAX_MENTIONS])
        stretch, before = source.take(event, len(envelope.mentions) + len(rejections))
        if before is not None:
            self._end(source, before, now)
        stretch.waiting += envelope.mentions
        if len(stretch.waiting) >= _TOGETHER or envelope.deletions:
            source.score(stretch, self._scorer)
        stretch.deletions += filter(source.seen.knows, envelope.deletions)
        self._reject(stretch, rejections)
        if envelope.watermark is not None:
            source.watermark = max(source.watermark or envelope.watermark, envelope.watermark)
            source.end()
            self._end(source, stretch, now)

    def _end(self, source: Source, stretch: Stretch, now: datetime) -> None:
        source.settle(stretch, self._scorer)
        for mistake in stretch.score.mistakes:
            log.error("can't score", mention=mistake.mention.key, exc_info=mistake.error)
        self._reject(stretch, [mistake.rejection() for mistake in stretch.score.mistakes])
        self._ended.append(stretch)
        self._observer.scored(stretch.score, now, stretch.seconds)

    def _reject(self, stretch: Stretch, rejections: Iterable[Rejection]) -> None:
        """Of the record that came last, or of the whole stretch."""
        place = f"{self._topics.mentions}:{stretch.partition}:{stretch.offset}"
        for rejection in rejections:
            self._observer.rejected(rejection.code)
            stretch.rejections.append(replace(rejection, where=place))

    async def flush(self) -> None:
        """Send what came of the stretches that have ended, then acknowledge their records."""
        async with self._lock:
            ended, self._ended = self._ended, []
            if not ended or self._is_cut_off:
                return
            # All is made before the first wait: meanwhile `take` goes on with the next records.
            rounds = self._to_detect(ended)
            rejected = self._rejected(ended)
            rows = self._rows(ended)
            try:
                for records in rounds:
                    await send_all(self._send, records)
                await send_all(self._send, rejected)
                await send_all(self._send, rows)
            except BaseException:
                # By a worker that stops: what comes later must not look as if this had been sent.
                self._is_cut_off = True
                raise
            for stretch in ended:
                for event in stretch.events:
                    event.ack()

    step = flush

    async def forget(self) -> None:
        """The partitions go elsewhere: see what is under way through, then know nothing.

        Stretches that have not ended are scored there from their beginning.
        """
        await self.flush()
        self._sources.clear()

    def _source(self, number: int) -> Source:
        known = self._sources.get(number)
        if known is None:
            found = self._stored(number)
            rows = SeenRows(self._topics.seen_changelog, number, found, self._generation())
            known = self._sources[number] = Source(number, rows)
        return known

    def _to_detect(self, ended: Sequence[Stretch]) -> list[list[Outgoing]]:
        """Every partition of `tallies` gets its brands', and all of them deletions and progress.

        In rounds of one record a partition, each to be acknowledged before the next.
        """
        progress = []
        for source in self._sources.values():
            if source.watermark is not None and source.watermark != source.said:
                source.said = source.watermark
                progress.append(Progress(source.number, source.watermark))
        deletions = [deletion for stretch in ended for deletion in stretch.deletions]
        count = self._topics.partitions
        spread: list[list[Tally]] = [[] for _ in range(count)]
        for stretch in ended:
            for tally in stretch.score.tallies:
                spread[partition_of(tally.brand, count)].append(tally)
        queues = [
            tally_records(self._topics.tallies, number, some, deletions, progress)
            for number, some in enumerate(spread)
            if some or deletions or progress
        ]
        return [[record for record in row if record is not None] for row in zip_longest(*queues)]

    def _rejected(self, ended: Sequence[Stretch]) -> list[Outgoing]:
        return [
            rejection_record(self._topics.rejected, rejection)
            for stretch in ended
            for rejection in stretch.rejections
        ]

    def _rows(self, ended: Sequence[Stretch]) -> list[Outgoing]:
        """The keys seen since the last flush, and tombstones for what may be forgotten."""
        rows = []
        by_source: dict[int, list[Stretch]] = {}
        for stretch in ended:
            by_source.setdefault(stretch.partition, []).append(stretch)
        for number, stretches in by_source.items():
            source, offset = self._sources[number], stretches[-1].offset
            if offset > source.rows.done:
                keys = [key for stretch in stretches for key in stretch.keys]
                rows.append(source.rows.store(offset, keys))
            rows += source.expire()
        return rows


def _too_many(mentions: int, raw: bytes | None) -> Rejection:
    reason = f"envelope of {mentions} mentions: all behind the first {MAX_MENTIONS} are left out"
    return Rejection.of(InvalidRecord("too_large", reason), raw)
