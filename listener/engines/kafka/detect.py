"""The second half of a worker: tallies in, alerts out.

An offset on `tallies` is acknowledged only when the broker has everything that came of it (see
`StateWriter`), each row with the positions that it stands for. Killed before that, the tallies come
again and are skipped by their positions.

Rows are large, so they are stored a few at a time, with a rest behind each portion that leaves the
others about four fifths of the time, and two hundred a second, or more where a round would take
over half a minute: whoever takes over reads those of a quarter of an hour and more. What is stored
late is only folded again after a crash. An alert doesn't wait for that: its brand's row goes out at
once, between two portions of the others.

A brand of which nothing is said is stored again as well, once in some five minutes, and at once
where a row that a worker wrote when it was no longer its own was found to be the last one: it
mustn't become the only one.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import structlog

from detectors.brand_state import BrandState
from detectors.detector import Detector
from detectors.records import Deleted, Glance, InvalidRecord, Progress, Rejection, Tally
from detectors.records.times import from_epoch
from listener.engines.kafka.brand_rows import (
    DetectPartition,
    clock_key,
    read_brands,
    read_clock,
)
from listener.engines.kafka.log import partition_of
from listener.engines.kafka.records import (
    Outgoing,
    Send,
    TallyRecord,
    parse_tally_record,
    rejection_record,
    send_all,
)
from listener.engines.kafka.rows import Versions
from listener.engines.kafka.state_writer import StateWriter
from listener.engines.kafka.stretch import Event, StoredRows
from listener.engines.kafka.topics import Topics
from listener.engines.observer import WorkerObserver
from listener.ingest import utc_now
from listener.pipeline import PipelineSettings, make_detector

# Records; with those of the round that is being stored, a worker that takes over after a crash has
# to fold twice as many again at most.
_MAX_PENDING: Final = 5000
_STORE_SECONDS: Final = 1.0
_PORTION: Final = 20
_STEPS: Final = 50  # of a round at most: larger portions where there is more to be stored
# Behind a portion, in terms of how long it took; and in all of a round, in seconds.
_REST: Final = 4
_LONGEST_REST: Final = 30.0
_ROWS_PER_SECOND: Final = 200
# How often those whose turn it is are stored again, where nothing else is to be stored.
_AGAIN_SECONDS: Final = 30.0

log = structlog.get_logger()


@dataclass(slots=True)
class _Round:
    """What is being stored: the rows of the brands `left` of `size`, then the `last` records, such
    as how far event time is behind those rows, and then the events are acknowledged."""

    events: list[Event] = field(default_factory=list)
    last: list[Outgoing] = field(default_factory=list)
    left: list[BrandState] = field(default_factory=list)
    size: int = 0

    @property
    def portion(self) -> int:
        """How many rows are stored at once."""
        return max(_PORTION, -(-self.size // _STEPS))


class DetectStage:
    """Detects for the brands whose partitions of `tallies` this worker has."""

    def __init__(
        self,
        settings: PipelineSettings,
        topics: Topics,
        *,
        stored: StoredRows,
        generation: Callable[[], int],
        send: Send,
        observer: WorkerObserver,
        on_alert: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], datetime] = utc_now,
    ) -> None:
        """`generation` grows whenever partitions move; `clock` gives seconds, `wall` the time.

        `on_alert` hears the id of every alert before it is sent.
        """
        self._settings = settings
        self._topics = topics
        self._stored = stored
        self._generation = generation
        self._send = send
        self._observer = observer
        self._clock = clock
        self._wall = wall
        self._partitions: dict[int, DetectPartition] = {}
        self.writer = StateWriter(
            topics, self._partitions, send=send, observer=observer, on_alert=on_alert, wall=wall
        )
        self._pending: list[Event] = []
        self._rejected: list[Outgoing] = []
        self._store_at = clock() + _STORE_SECONDS
        self._again_at = clock() + _AGAIN_SECONDS
        self._round: _Round | None = None
        self._storing = asyncio.Lock()

    @property
    def is_full(self) -> bool:
        return len(self._pending) >= _MAX_PENDING

    @property
    def pending(self) -> int:
        """How many records were taken and are not finished."""
        return len(self._pending) + (len(self._round.events) if self._round else 0)

    @property
    def is_idle(self) -> bool:
        """Whether all that came has been seen through."""
        return not (self.pending or self._storing.locked() or self.writer.is_writing)

    @property
    def watermark(self) -> datetime | None:
        """Up to where every partition here has been evaluated."""
        reached = [partition.detector.watermark for partition in self._partitions.values()]
        known = [at for at in reached if at is not None]
        return from_epoch(min(known)) if known and len(known) == len(reached) else None

    @property
    def partitions(self) -> int:
        """How many partitions have sent something here."""
        return len(self._partitions)

    def take(self, event: Event) -> None:
        """Fold and evaluate one record; never raises, whatever is in it."""
        detector = self._partition(event.partition).detector
        self._pending.append(event)
        folded, started = 0, self._clock()
        try:
            record = parse_tally_record(event.value or b"", self._topics.partitions)
        except InvalidRecord as error:
            # Only our own workers write here, so this is another program's mistake.
            self._observer.unreadable(self._topics.tallies)
            log.warning("unreadable record on tallies", offset=event.offset, error=str(error))
            self._reject(event, error, event.value)
            record = TallyRecord()
        for tally in record.tallies:
            with self._set_aside(event, tally):
                folded += detector.fold(tally)
        if deleted := Deleted(record.deletions):
            with self._set_aside(event):
                detector.erase(deleted)
                self.writer.erase(deleted)
        for item in record.progress:
            with self._set_aside(event, item):
                self.writer.hold(detector.advance(item))
        for glance in record.glances:
            with self._set_aside(event, glance):
                self.writer.hold(detector.glance(glance, self._wall()))
        came = len(record.tallies)
        self._observer.detected(folded, came - folded, self._clock() - started)

    @contextmanager
    def _set_aside(
        self, event: Event, item: Tally | Progress | Glance | None = None
    ) -> Iterator[None]:
        """A mistake of ours must cost the one item, not its record, nor the stream."""
        try:
            yield
        except Exception as error:
            log.exception("can't detect", partition=event.partition, offset=event.offset)
            reason = InvalidRecord("internal", f"can't detect: {type(error).__name__}")
            self._observer.rejected(reason.code)
            self._reject(event, reason, item.to_json() if item else None)

    def _reject(self, event: Event, error: InvalidRecord, raw: object) -> None:
        where = f"{self._topics.tallies}:{event.partition}:{event.offset}"
        rejection = Rejection.of(error, raw, where)
        self._rejected.append(rejection_record(self._topics.rejected, rejection))

    @property
    def is_due(self) -> bool:
        """Whether something waits that should be stored now."""
        now = self._clock()
        is_waited_for = self.pending > 0 or self._round is not None or now >= self._again_at
        return self.is_full or (is_waited_for and now >= self._store_at)

    async def step(self) -> None:
        """Store a portion of what changed, and rest; with the last one as `flush`."""
        async with self._storing:
            round_ = self._round = self._round or self._next_round(and_turns=True)
            begun = self._clock()
            await self._store(round_)
            if round_.left:
                rest = max(_REST * (self._clock() - begun), round_.portion / _ROWS_PER_SECOND)
                longest = _LONGEST_REST * round_.portion / round_.size
                self._store_at = self._clock() + min(rest, longest)
            else:
                await self._finish(round_)

    async def flush(self) -> None:
        """Store what changed, send the alerts, then acknowledge the records taken."""
        async with self._storing:
            round_ = self._round = self._next_round()
            await self._store(round_)
            while round_.left:
                await self._store(round_)
            await self._finish(round_)

    def _next_round(self, *, and_turns: bool = False) -> "_Round":
        """All that is to be stored by now, with what is left of the round before.

        A worker that goes stores what has changed, and not those whose turn it is.
        """
        before, now = self._round or _Round(), self._clock()
        self._again_at = now + _AGAIN_SECONDS
        left = {state.brand: state for state in before.left}
        for partition in self._partitions.values():
            turns = partition.whose_turn_it_is(now) if and_turns else ()
            some = (*partition.detector.take_changed(), *turns)
            left.update((state.brand, state) for state in some)
        events, self._pending = before.events + self._pending, []
        # Event time is taken now, and stored behind the rows: so it is never ahead of them.
        last = before.last + self.writer.clocks() + self._rejected
        self._rejected = []
        return _Round(events, last, list(left.values()), len(left))

    async def _store(self, round_: "_Round") -> None:
        await self.writer.write(round_.left[: round_.portion])
        del round_.left[: round_.portion]

    async def _finish(self, round_: "_Round") -> None:
        await send_all(self._send, round_.last)
        for event in round_.events:
            event.ack()
        self._round = None
        self._store_at = self._clock() + _STORE_SECONDS

    async def forget(self) -> None:
        """The partitions go elsewhere: see what is under way through, then know nothing."""
        await self.flush()
        self._partitions.clear()
        self.writer.forget()

    async def visit(self, see: Callable[[Detector, str], None]) -> None:
        """Call `see` for every brand that is here, and let others work in between."""
        for partition in list(self._partitions.values()):
            for place, brand in enumerate(list(partition.detector.states)):
                if place % _PORTION == 0:
                    await asyncio.sleep(0)
                see(partition.detector, brand)

    def _partition(self, number: int) -> DetectPartition:
        known = self._partitions.get(number)
        if known is None:
            known = self._partitions[number] = self._recovered(number)
        return known

    def _recovered(self, number: int) -> DetectPartition:
        """The brands of one partition, as their rows left them."""
        count = self._topics.partitions
        names = {
            brand.name
            for brand in self._settings.brands
            if partition_of(brand.name, count) == number
        }
        detector = make_detector(self._settings, brands=names, sources=count)
        rows = self._stored(number)
        for state, unsent in read_brands(rows, names, self._settings.detection.windows):
            detector.restore(state)
            if unsent or not rows[state.brand.encode()].is_last:
                self.writer.hold(unsent)
                detector.touch(state.brand)
        # Evaluated as far as it had been: a tally that was late then must not be in time now.
        for progress in read_clock(rows.get(clock_key(number)), count):
            self.writer.hold(detector.advance(progress))
        versions = Versions(rows.values(), self._generation())
        return DetectPartition(number, detector, versions, self._clock())
