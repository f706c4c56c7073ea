"""Records of one partition of `mentions` in a row, scored as one.

A stretch gives one tally a brand, however many envelopes or single mentions it holds: that is
what keeps the traffic between the stages, and what `detect` has to read, small under load. It ends
with a watermark, as nothing is evaluated before one, with a block of `BLOCK` offsets, or before
a record with which it would hold more than `MAX_MENTIONS` or `MAX_BYTES`. So where it ends depends
on the log alone: whoever scores it again, after a crash or because it was cut off, comes to the
same tallies at the same positions, those of its last record. These numbers are part of the format
on `tallies`: a worker of a version with others that scores again what one of this version has sent
in part would have it counted twice.
"""

from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime
from time import perf_counter
from typing import Final, Protocol

from detectors.dedupe import HORIZON_HOURS, Seen, SeenKey
from detectors.records import Deletion, Mention, Rejection
from detectors.records.envelope import MAX_BYTES
from detectors.records.times import epoch
from detectors.scoring import EnvelopeScore, MentionScorer
from listener.engines.kafka.records import Outgoing
from listener.engines.kafka.rows import Row
from listener.engines.kafka.seen_rows import SeenRows

BLOCK: Final = 500
# What comes of more than this, or of more bytes than the largest record has, might no longer fit
# into one record on `tallies`: a brand's tally may hold each mention twice, among the worst and
# among those with the widest reach, and some kilobyte of its own for each step of time.
MAX_MENTIONS: Final = 1000
_HOUR: Final = 3600


class Event(Protocol):
    """What a stage needs of Faust's events."""

    @property
    def partition(self) -> int: ...

    @property
    def offset(self) -> int: ...

    @property
    def value(self) -> bytes | None: ...

    @property
    def at(self) -> datetime | None:
        """When it was put there, by the broker's clock; `None` where the record doesn't say."""
        ...

    def ack(self) -> None:
        """This record and all before it are done with."""
        ...


StoredRows = Callable[[int], MutableMapping[bytes, Row]]
"""The rows of a table that belong to a partition, as recovered from its changelog."""


@dataclass(slots=True)
class Stretch:
    """What came of its `events`, of `size` mentions, readable or not, scored within `seconds`.

    `weight` is that of its records, in bytes.

    Some of them are `waiting` to be scored with others. Once it has ended, the score has its
    tallies, and `keys` are the mentions that were new.
    """

    events: list[Event]
    size: int = 0
    weight: int = 0
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

    def has_room(self, event: Event, size: int) -> bool:
        """Whether a record of `size` mentions still belongs to it."""
        return (
            event.offset // BLOCK == self.offset // BLOCK
            and self.size + size <= MAX_MENTIONS
            and self.weight + len(event.value or b"") <= MAX_BYTES
        )

    def add(self, event: Event, size: int) -> None:
        self.events.append(event)
        self.size += size
        self.weight += len(event.value or b"")


class Source:
    """One partition of `mentions`: keys seen, the rows that hold them, and the open stretch."""

    def __init__(self, number: int, rows: SeenRows) -> None:
        self.number = number
        self.rows = rows
        self.seen = Seen()
        self.seen.restore(rows.restore())
        self.watermark: datetime | None = None
        self.said: datetime | None = None
        self.open: Stretch | None = None

    def take(self, event: Event, size: int) -> tuple[Stretch, Stretch | None]:
        """The stretch that a record belongs to, and the one that ended before it, if one did."""
        ended = None
        if self.open is not None and not self.open.has_room(event, size):
            ended = self.end()
        if self.open is None:
            self.open = Stretch([])
        self.open.add(event, size)
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

    def expire(self) -> list[Outgoing]:
        """Forget what lies beyond the horizon; gives tombstones for its rows."""
        if self.watermark is None:
            return []
        self.seen.expire(self.watermark)
        return self.rows.expire(epoch(self.watermark) // _HOUR - HORIZON_HOURS)
