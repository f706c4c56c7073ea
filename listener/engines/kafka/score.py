"""The first half of a worker: envelopes in, tallies out.

An offset on `mentions` is acknowledged only when the broker has everything that came of it, in
this order: the tallies, then the keys of the mentions seen. Killed before the first, the envelope
is scored again; killed between the two, it is scored again to the same tallies, which the
detector has already folded; killed behind both, `done` says that it needs no scoring.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import zip_longest
from time import perf_counter
from typing import Final, Protocol

import structlog

from detectors.dedupe import HORIZON_HOURS, Seen, SeenKey
from detectors.records import (
    Deletion,
    Envelope,
    InvalidRecord,
    Progress,
    Rejection,
    Tally,
    dumps,
    loads,
)
from detectors.records.codec import as_list, as_object, require_count
from detectors.records.envelope import parse_envelope
from detectors.scoring import MentionScorer
from listener.engines.kafka.log import partition_of
from listener.engines.kafka.records import Outgoing, Send, send_all, tally_records
from listener.engines.kafka.rows import Row
from listener.engines.kafka.topics import Topics
from listener.engines.observer import PipelineObserver

_MAX_PENDING: Final = 400
# Ours hold 50. What comes of more than this might no longer fit into one record on `tallies`.
_MAX_MENTIONS: Final = 1000
_HOUR: Final = 3600

log = structlog.get_logger()


class Event(Protocol):
    """What a stage needs of Faust's events."""

    @property
    def partition(self) -> int: ...

    @property
    def offset(self) -> int: ...

    @property
    def value(self) -> bytes | None: ...

    def ack(self) -> None:
        """This record and all before it are done with."""
        ...


StoredRows = Callable[[int], Mapping[bytes, Row]]
"""The rows of a table that belong to a partition, as recovered from its changelog."""


class _Partition:
    """What is known of one partition of `mentions`: keys seen, and up to where it is done."""

    def __init__(self, partition: int, rows: Mapping[bytes, Row]) -> None:
        self.number = partition
        self.seen = Seen()
        self.done = -1
        self.watermark: datetime | None = None
        self.said: datetime | None = None
        self.stored: dict[int, int] = {}
        for key, row in rows.items():
            try:
                self._restore(row.value)
            except InvalidRecord as error:
                log.warning("unreadable row of keys seen", key=repr(key[:80]), error=str(error))

    def _restore(self, row: bytes) -> None:
        record = as_object(loads(row), "seen")
        offset = require_count(record, "offset")
        keys = [_seen_key(item) for item in as_list(record.get("keys"), "keys")]
        self.done = max(self.done, offset)
        self.seen.restore(keys)
        self.stored[offset] = max((hour for hour, _ in keys), default=0)

    def take_row(self, offset: int) -> bytes:
        """What was seen since the last row, up to and with `offset`."""
        keys = self.seen.take_fresh()
        self.done = offset
        self.stored[offset] = max((hour for hour, _ in keys), default=0)
        return dumps({"offset": offset, "keys": [list(key) for key in keys]})

    def expire(self) -> list[int]:
        """The offsets of rows that hold nothing any more within the horizon."""
        if self.watermark is None:
            return []
        self.seen.expire(self.watermark)
        first = int(self.watermark.timestamp()) // _HOUR - HORIZON_HOURS
        old = [at for at, hour in self.stored.items() if hour < first and at != self.done]
        for offset in old:
            del self.stored[offset]
        return old


class ScoreStage:
    """Scores the envelopes of the partitions that this worker has."""

    def __init__(
        self,
        scorer: MentionScorer,
        topics: Topics,
        *,
        stored: StoredRows,
        send: Send,
        observer: PipelineObserver,
        clock: Callable[[], datetime],
    ) -> None:
        self._scorer = scorer
        self._topics = topics
        self._stored = stored
        self._send = send
        self._observer = observer
        self._clock = clock
        self._partitions: dict[int, _Partition] = {}
        self._pending: list[Event] = []
        self._tallies: list[Tally] = []
        self._deletions: list[Deletion] = []
        self._rejections: list[Rejection] = []
        self._lock = asyncio.Lock()

    @property
    def is_full(self) -> bool:
        return len(self._pending) >= _MAX_PENDING

    @property
    def pending(self) -> int:
        """How many records were taken and are not finished."""
        return len(self._pending)

    @property
    def is_due(self) -> bool:
        """Whether something waits to be sent."""
        return bool(self._pending)

    def take(self, event: Event) -> None:
        """Score one record; never raises, whatever is in it."""
        partition = self._partition(event.partition)
        self._pending.append(event)
        if event.offset <= partition.done:
            return
        now = self._clock()
        envelope, rejections = parse_envelope(event.value or b"", now=now)
        if len(envelope.mentions) > _MAX_MENTIONS:
            rejections.append(_too_many(len(envelope.mentions), event.value))
            envelope = replace(envelope, mentions=envelope.mentions[:_MAX_MENTIONS])
        try:
            self._score(event, partition, envelope, now)
        except Exception as error:
            # A mistake of ours must cost one envelope, not the stream.
            log.exception("can't score", partition=event.partition, offset=event.offset)
            mistake = InvalidRecord("internal", f"can't score: {type(error).__name__}")
            rejections.append(Rejection.of(mistake, event.value))
        place = f"{self._topics.mentions}:{event.partition}:{event.offset}"
        for rejection in rejections:
            self._observer.rejected(rejection.code)
            self._rejections.append(replace(rejection, where=place))

    def _score(
        self, event: Event, partition: _Partition, envelope: Envelope, now: datetime
    ) -> None:
        if envelope.mentions:
            started = perf_counter()
            score = self._scorer.tally(
                envelope.mentions, event.partition, event.offset, partition.seen.only_new
            )
            self._observer.scored(score, now, perf_counter() - started)
            self._tallies += score.tallies
        self._deletions += filter(partition.seen.knows, envelope.deletions)
        if envelope.watermark is not None:
            known = partition.watermark or envelope.watermark
            partition.watermark = max(known, envelope.watermark)

    async def flush(self) -> None:
        """Send what came of the records taken, then acknowledge them."""
        async with self._lock:
            events, self._pending = self._pending, []
            if not events:
                return
            tallies, self._tallies = self._tallies, []
            deletions, self._deletions = self._deletions, []
            rejections, self._rejections = self._rejections, []
            last = {event.partition: event.offset for event in events}
            # All is made before the first wait: meanwhile `take` goes on with the next records.
            rounds = self._to_detect(tallies, deletions)
            rejected = self._rejected(rejections)
            rows = self._rows(last)
            for records in rounds:
                await send_all(self._send, records)
            await send_all(self._send, rejected)
            await send_all(self._send, rows)
            for event in events:
                event.ack()

    async def forget(self) -> None:
        """The partitions go elsewhere: see what is under way through, then know nothing."""
        await self.flush()
        self._partitions.clear()

    def _partition(self, number: int) -> _Partition:
        known = self._partitions.get(number)
        if known is None:
            known = self._partitions[number] = _Partition(number, self._stored(number))
        return known

    def _to_detect(self, tallies: list[Tally], deletions: list[Deletion]) -> list[list[Outgoing]]:
        """Every partition of `tallies` gets its brands', and all of them deletions and progress.

        In rounds of one record a partition, each to be acknowledged before the next.
        """
        progress = []
        for partition in self._partitions.values():
            if partition.watermark is not None and partition.watermark != partition.said:
                partition.said = partition.watermark
                progress.append(Progress(partition.number, partition.watermark))
        count = self._topics.partitions
        spread: list[list[Tally]] = [[] for _ in range(count)]
        for tally in tallies:
            spread[partition_of(tally.brand, count)].append(tally)
        queues = [
            tally_records(self._topics.tallies, number, some, deletions, progress)
            for number, some in enumerate(spread)
            if some or deletions or progress
        ]
        return [[record for record in row if record is not None] for row in zip_longest(*queues)]

    def _rejected(self, rejections: list[Rejection]) -> list[Outgoing]:
        return [
            Outgoing(self._topics.rejected, 0, None, dumps(rejection.to_json()))
            for rejection in rejections
        ]

    def _rows(self, last: Mapping[int, int]) -> list[Outgoing]:
        """The keys seen since the last flush, and tombstones for what may be forgotten."""
        rows = []
        for number, offset in last.items():
            partition = self._partitions[number]
            if offset > partition.done:
                rows.append(self._row(number, offset, partition.take_row(offset)))
            rows += [self._row(number, old, None) for old in partition.expire()]
        return rows

    def _row(self, partition: int, offset: int, value: bytes | None) -> Outgoing:
        key = f"{partition}:{offset}".encode()
        return Outgoing(self._topics.seen_changelog, partition, key, value)


def _seen_key(value: object) -> SeenKey:
    match value:
        case [int(hour), int(digest)]:
            return hour, digest
        case _:
            raise InvalidRecord("bad_field", "seen: expected [hour, digest]")


def _too_many(mentions: int, raw: bytes | None) -> Rejection:
    reason = f"envelope of {mentions} mentions: all behind the first {_MAX_MENTIONS} are left out"
    return Rejection.of(InvalidRecord("too_large", reason), raw)
