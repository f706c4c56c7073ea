"""Records of one partition of `mentions` in a row, scored as one.

A stretch gives one tally a brand, however many envelopes or single mentions it holds: that is
what keeps the traffic between the stages, and what `detect` has to read, small under load. It ends
with a watermark, as nothing is evaluated before one, with a block of `BLOCK` offsets, or before
a record with which it would hold more than `MAX_MENTIONS`. So where it ends depends on the log
alone: whoever scores it again, after a crash or because it was cut off, comes to the same tallies
at the same positions, those of its last record.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from time import perf_counter
from typing import Final, Protocol

import structlog

from detectors.dedupe import HORIZON_HOURS, Seen, SeenKey
from detectors.records import Deletion, InvalidRecord, Mention, Rejection, dumps, loads
from detectors.records.codec import as_list, as_object, require_count
from detectors.scoring import EnvelopeScore, MentionScorer
from listener.engines.kafka.rows import Row

BLOCK: Final = 500
# What comes of more than this might no longer fit into one record on `tallies`.
MAX_MENTIONS: Final = 1000
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


@dataclass(slots=True)
class Stretch:
    """What came of its `events`, of `size` mentions, readable or not, scored within `seconds`.

    Some of them are `waiting` to be scored with others. Once it has ended, the score has its
    tallies, and `keys` are the mentions that were new.
    """

    events: list[Event]
    size: int = 0
    waiting: list[Mention] = field(default_factory=list)
    score: EnvelopeScore = field(default_factory=EnvelopeScore)
    seconds: float = 0.0
    deletions: list[Deletion] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    keys: list[SeenKey] = field(default_factory=list)

    @property
    def partition(self) -> int:
        return self.events[-1].partition

    @property
    def offset(self) -> int:
        return self.events[-1].offset

    def has_room(self, offset: int, size: int) -> bool:
        """Whether the record at `offset`, of `size` mentions, still belongs to it."""
        return offset // BLOCK == self.offset // BLOCK and self.size + size <= MAX_MENTIONS


class Source:
    """One partition of `mentions`: keys seen, up to where it is done, and the open stretch."""

    def __init__(self, partition: int, rows: Mapping[bytes, Row]) -> None:
        self.number = partition
        self.seen = Seen()
        self.done = -1
        self.watermark: datetime | None = None
        self.said: datetime | None = None
        self.open: Stretch | None = None
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
        self.stored[offset] = _last_hour(keys)

    def take(self, event: Event, size: int) -> tuple[Stretch, Stretch | None]:
        """The stretch that a record belongs to, and the one that ended before it, if one did."""
        ended = None
        if self.open is not None and not self.open.has_room(event.offset, size):
            ended = self.end()
        if self.open is None:
            self.open = Stretch([])
        self.open.events.append(event)
        self.open.size += size
        return self.open, ended

    def end(self) -> Stretch | None:
        """End the open stretch; gives it, to be scored to its end and settled."""
        ended, self.open = self.open, None
        return ended

    def score(self, stretch: Stretch, scorer: MentionScorer) -> None:
        """Score what is waiting."""
        started = perf_counter()
        waiting, stretch.waiting = stretch.waiting, []
        scorer.count(waiting, stretch.score, self.seen.only_new)
        stretch.seconds += perf_counter() - started

    def settle(self, stretch: Stretch, scorer: MentionScorer) -> None:
        """A stretch has ended: make its tallies."""
        self.score(stretch, scorer)
        started = perf_counter()
        stretch.score.settle(self.number, stretch.offset)
        stretch.keys = self.seen.take_fresh()
        stretch.seconds += perf_counter() - started

    def row(self, offset: int, keys: list[SeenKey]) -> bytes:
        """What was seen since the last row, up to and with `offset`."""
        self.done = offset
        self.stored[offset] = _last_hour(keys)
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


def _last_hour(keys: list[SeenKey]) -> int:
    return max((hour for hour, _ in keys), default=0)


def _seen_key(value: object) -> SeenKey:
    match value:
        case [int(hour), int(digest)] if -(2**63) <= digest < 2**63:
            return hour, digest
        case _:
            raise InvalidRecord("bad_field", "seen: expected [hour, digest of 64 bits]")
