"""Looking every few seconds how far the group is behind, and whether Faust has gone quiet."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from listener.engines.kafka.batches import BatchConsumer
from listener.engines.kafka.flusher import Flusher
from listener.engines.kafka.intake import Intake, WorkerFailed
from listener.engines.kafka.offsets import ends_and_committed
from listener.engines.kafka.rows import Rows
from listener.engines.kafka.stall import Place, StallWatch
from listener.engines.kafka.topics import Topics
from listener.engines.observer import WorkerObserver

_STALL_SECONDS: Final = 30.0
_LOOK_SECONDS: Final = 5.0
_HESITATES_SECONDS: Final = 2.0

log = structlog.get_logger()


class Watch:
    """Sees what waits on the partitions that are here, and what of it is taken."""

    def __init__(
        self,
        consumer: Callable[[], BatchConsumer],
        topics: Topics,
        intake: Intake,
        *,
        tables: Sequence[Rows],
        flushers: Sequence[Flusher],
        observer: WorkerObserver,
        is_publishing: Callable[[], bool],
    ) -> None:
        """Faust has a `consumer` only once it has started.

        While alerts are published, they are not expected to be taken: sinks may be slow.
        """
        self._consumer = consumer
        self._topics = topics
        self._intake = intake
        self._tables = tables
        self._flushers = flushers
        self._observer = observer
        self._is_publishing = is_publishing
        self._asked_at: float | None = None  # what the broker has not answered since

    @property
    def broker_silent(self) -> float:
        """For how many seconds the broker has acknowledged nothing of what was sent.

        Nor answered, where nothing is to be sent: that is all by which an idle worker knows.
        """
        unanswered = 0.0 if self._asked_at is None else time.monotonic() - self._asked_at
        return max(unanswered, *(flusher.waits for flusher in self._flushers))

    async def run(self) -> None:
        """Never returns: raises `WorkerFailed` where records wait and Faust brings none of them."""
        watch, recovered, worked = StallWatch(_STALL_SECONDS), 0, 0
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            self._asked_at = self._asked_at or time.monotonic()
            try:
                ends, reached = await self._ends_and_reached()
                self._asked_at = None
            except Exception as error:  # noqa: BLE001 - a broker that is away, in any of its ways
                log.warning("broker doesn't say how long its topics are", error=repr(error))
                ends, reached = {}, {}
            self._observer.lagging(
                {place: max(end - reached.get(place, 0), 0) for place, end in ends.items()}
            )
            # What waits for its turn, or for a stage that is at work, is no stall.
            work = self._intake.taken + sum(flusher.steps for flusher in self._flushers)
            held_back = {(tp.topic, tp.partition) for tp in self._consumer().held_back}
            excused = held_back | self._intake.waiting if work != worked else set()
            worked = work
            # Nor is what waits for a broker, or for rows that come in.
            rows = sum(table.taken for table in self._tables)
            if rows != recovered or self.broker_silent > _HESITATES_SECONDS:
                ends, recovered = {}, rows
            if stall := watch.look(ends, reached, time.monotonic(), excused):
                raise WorkerFailed(stall)

    async def _ends_and_reached(self) -> tuple[dict[Place, int], dict[Place, int]]:
        """Of the partitions that records should come from, as `StallWatch` wants them."""
        topics = {self._topics.mentions, self._topics.tallies}
        if not self._is_publishing():
            topics.add(self._topics.alerts)
        ends, reached = await ends_and_committed(self._consumer(), topics)
        return ends, {**reached, **self._intake.reached}
