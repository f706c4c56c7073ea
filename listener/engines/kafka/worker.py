"""A worker: Faust's agents `score`, `detect` and `publish` on the stages of this package.

Faust brings the records, moves partitions between workers, and restores the two tables, which
are plain storage here: rows are written straight to their changelogs and read back when a
partition arrives. See the stages for what is acknowledged when.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

import structlog
from faust.types import TP, AppT

from detectors.records.glance import LONGEST_SPAN
from listener.engines.kafka.app import make_app
from listener.engines.kafka.batches import Batch
from listener.engines.kafka.detect import DetectStage
from listener.engines.kafka.flusher import Flusher
from listener.engines.kafka.intake import Intake, WorkerFailed
from listener.engines.kafka.log_end import LogEnd
from listener.engines.kafka.publish import PublishStage
from listener.engines.kafka.records import Outgoing
from listener.engines.kafka.rows import Rows
from listener.engines.kafka.score import ScoreStage
from listener.engines.kafka.scout import Scout
from listener.engines.kafka.topics import Topics
from listener.engines.kafka.watch import Watch
from listener.engines.observer import WorkerObserver
from listener.ingest import utc_now
from listener.memory import keep_small
from listener.pipeline import PipelineSettings, make_scorer
from sinks.brokers import Brokers
from sinks.publisher import Publisher

_STOP_SECONDS: Final = 3.0
# Batches that wait for a stage before no more are asked for: each of some 256 kB, or one larger
# record. What one request brought comes on top of them.
_BUFFERED: Final = 8
# Records on `tallies` that detection may be behind by: what is on its way anyhow.
_LEFT: Final = 8
# How far event time may have come in scoring, ahead of detection.
_FAR: Final = timedelta(minutes=2)
_SILENT_SECONDS: Final = 10.0

log = structlog.get_logger()


class _Brought(Protocol):
    """Faust's event."""

    @property
    def message(self) -> Batch: ...


class Worker:
    """One Faust application; `run` works and lets the publisher deliver, until `stop`."""

    def __init__(
        self,
        brokers: Brokers,
        topics: Topics,
        settings: PipelineSettings,
        *,
        observer: WorkerObserver,
        early_warning_after: float,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        """Early warnings are looked for where scoring is so many seconds behind."""
        self._app = app = make_app(brokers, topics, has_room=self._has_room)
        self._topics = topics
        self._observer = observer
        self._states, self._seen = Rows(), Rows()
        self._add_table("states", self._states, topics.partitions)
        self._add_table("seen", self._seen, topics.partitions)
        self._intake = Intake(app, brokers, topics.application)
        self._under_way: set[str] = set()
        scorer = make_scorer(settings)

        def generation() -> int:
            return int(app.consumer_generation_id)

        self.score = ScoreStage(
            scorer,
            topics,
            stored=self._seen.of,
            generation=generation,
            send=self._send,
            observer=observer,
            clock=clock,
        )
        self.detect = DetectStage(
            settings,
            topics,
            stored=self._states.of,
            generation=generation,
            send=self._send,
            observer=observer,
            on_alert=self._under_way.add,
        )
        self.publish = PublishStage(
            topics, send=self._send, observer=observer, on_done=self._under_way.discard
        )
        self._scout = Scout(
            lambda: LogEnd.open(brokers, topics.mentions),
            topics,
            scorer,
            reached=self._mentions_reached,
            send=self._send,
            observer=observer,
            after=early_warning_after,
            span=min(settings.detection.windows[0], LONGEST_SPAN),
            clock=clock,
        )
        self._publisher: Publisher | None = None
        self._flushers = {
            "score": Flusher(self.score),
            "detect": Flusher(self.detect),
            "alerts": Flusher(self.detect.writer),
        }
        self._watch = Watch(
            lambda: app.consumer,
            topics,
            self._intake,
            tables=(self._states, self._seen),
            flushers=tuple(self._flushers.values()),
            observer=observer,
            is_publishing=lambda: self._publishing,
        )
        self._flushing: list[asyncio.Task[None]] = []
        self._beside: list[asyncio.Task[None]] = []
        self._publishing = False
        self._mine: set[int] = set()
        self._add_agents()
        app.on_partitions_revoked.connect(self._on_revoked)
        app.on_partitions_assigned.connect(self._on_assigned)
        app.on_rebalance_complete.connect(self._on_recovered)

    async def run(self, publisher: Publisher) -> None:
        """Never returns: raises `WorkerFailed` when Faust has given up, or a stage has."""
        self._publisher = publisher
        self._flushing = [asyncio.create_task(some.run()) for some in self._flushers.values()]
        await self._app.start()
        self._beside = [
            asyncio.create_task(beside)
            for beside in (self._watch.run(), self._scout.run(), keep_small())
        ]
        stopped = asyncio.create_task(self._app.wait_until_stopped())
        try:
            done, _ = await asyncio.wait(
                {stopped, self._intake.failed, *self._flushing, *self._beside},
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            stopped.cancel()
        for task in done - {stopped}:
            if (error := task.exception()) is not None:
                raise WorkerFailed(repr(error)) from error
        raise WorkerFailed(f"Faust has stopped: {self._app.crash_reason!r}")

    @property
    def is_idle(self) -> bool:
        """Whether nothing that came here is still to be evaluated or delivered."""
        return self.detect.is_idle and not self._under_way

    def stop_publishing(self) -> None:
        """Take no more alerts: those are left for whoever reads the topic next."""
        self._publisher = None

    async def stop(self) -> None:
        """Finish what was taken, commit, and leave the group; may wait for the broker for long.

        What a broker that doesn't answer keeps us from finishing is not acknowledged either.
        """
        for task in self._beside:
            task.cancel()
        for flusher in self._flushers.values():
            flusher.end()
        if self._flushing:
            await asyncio.wait(self._flushing, timeout=_STOP_SECONDS)
        for task in self._flushing:
            task.cancel()
        await self._app.stop()

    @property
    def why_not_ready(self) -> str:
        """Empty when partitions are assigned, their state is here, and the broker answers."""
        if self.broker_silent > _SILENT_SECONDS:
            return "the broker acknowledges nothing"
        if self._app.rebalancing or self._app.in_recovery or not self._intake.is_open:
            return "waiting for partitions and their state"
        return ""

    @property
    def broker_silent(self) -> float:
        """For how many seconds the broker has acknowledged nothing, nor answered."""
        return self._watch.broker_silent

    def _add_table(self, name: str, rows: Rows, partitions: int) -> None:
        async def on_changelog_event(event: _Brought) -> None:
            for record in event.message.take_records():
                rows.take(record)

        self._app.Table(
            name,
            partitions=partitions,
            key_type=bytes,
            value_type=bytes,
            on_changelog_event=on_changelog_event,
        )

    def _add_agents(self) -> None:
        # One stream each: with more, Faust commits offsets behind unfinished ones (FAUST.md).
        async def score(stream: Any) -> None:
            await self._intake.pump(
                stream, self.score, self._flushers["score"], gives_way=self._scoring_waits
            )

        async def detect(stream: Any) -> None:
            await self._intake.pump(stream, self.detect, self._flushers["detect"])

        async def publish(stream: Any) -> None:
            async for event in self._intake.events(stream):
                if self._publisher is not None:  # else it is not acknowledged, and comes again
                    self._publishing = True
                    await self.publish.take(event, self._publisher)
                    self._publishing = False

        raw: dict[str, Any] = {
            "key_serializer": "raw",
            "value_serializer": "raw",
            "value_type": bytes,
        }
        agents = {
            score: self._topics.mentions,
            detect: self._topics.tallies,
            publish: self._topics.alerts,
        }
        for agent, topic in agents.items():
            taken = self._app.topic(topic, **raw)
            self._app.agent(taken, name=agent.__name__, concurrency=1)(agent)

    def _has_room(self, topic: str) -> bool:
        return self._intake.held(topic) < _BUFFERED

    def _scoring_waits(self) -> bool:
        """Whether detection goes first: what is scored alarms nobody before it is detected.

        So what a worker can't keep up with waits on `mentions`, where the scout sees it, and what
        others can't keep up with does too: event time waits for the slowest partition.
        """
        topic = self._topics.tallies
        left = self._app.consumer.turns.left(topic)
        if left > _LEFT or self._intake.held(topic) > 0 or self.detect.is_full:
            return True
        scored, detected = self.score.reached(self._mine), self.detect.watermark
        return scored is not None and detected is not None and scored - detected > _FAR

    def _mentions_reached(self) -> dict[int, int]:
        """The offset behind the last record taken, of each partition of mentions."""
        reached = self._intake.reached.items()
        mine = self._topics.mentions
        return {number: offset for (topic, number), offset in reached if topic == mine}

    async def _on_revoked(self, app: object, revoked: set[TP], **_: object) -> None:
        del app
        log.info("partitions revoked", partitions=len(revoked))
        self._observer.rebalanced()
        self._intake.is_open = False
        await self.score.forget()
        await self.detect.forget()
        self.publish.forget()
        self._intake.reached.clear()

    async def _on_assigned(self, app: object, assigned: set[TP], **_: object) -> None:
        del app
        log.info("partitions assigned", partitions=len(assigned))
        topics = self._topics
        self._mine = {tp.partition for tp in assigned if tp.topic == topics.mentions}
        taken = {topics.mentions, topics.tallies, topics.alerts}
        self._intake.open([(tp.topic, tp.partition) for tp in assigned if tp.topic in taken])

    async def _on_recovered(self, app: AppT, **_: object) -> None:
        """What is fetched from here on waits until Faust lets it flow.

        It is about to ask the broker from where on to read, and then clears all queues.
        """
        app.flow_control.suspend()

    async def _send(self, record: Outgoing) -> Awaitable[object]:
        future: Awaitable[object] = await self._app.producer.send(
            record.topic,
            record.key,
            record.value,
            record.partition,
            None,
            record.version.headers if record.version else None,
        )
        return future
