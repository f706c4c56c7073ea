"""A worker: Faust's agents `score`, `detect` and `publish` on the stages of this package.

Faust brings the records, moves partitions between workers, and restores the two tables, which
are plain storage here: rows are written straight to their changelogs and read back when a
partition arrives. See the stages for what is acknowledged when.
"""

import asyncio
from collections.abc import AsyncIterable, Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Final, Protocol

import faust
import structlog
from faust.types import TP

from listener.engines.kafka.detect import DetectStage
from listener.engines.kafka.publish import PublishStage
from listener.engines.kafka.records import Outgoing
from listener.engines.kafka.score import ScoreStage
from listener.engines.kafka.topics import MAX_RECORD_BYTES, Topics, servers_of
from listener.engines.observer import PipelineObserver
from listener.ingest import utc_now
from listener.pipeline import PipelineSettings, make_scorer
from sinks.publisher import Publisher

_FLUSH_SECONDS: Final = 0.2
_SHOW_SECONDS: Final = 2.0

log = structlog.get_logger()


class _Stage(Protocol):
    @property
    def is_full(self) -> bool: ...

    def take(self, event: "_FaustEvent") -> None: ...

    async def flush(self) -> None: ...


class _FaustEvent:
    """Faust's event as the stages see it."""

    __slots__ = ("_event",)

    def __init__(self, event: Any) -> None:  # Faust ships no types
        self._event = event

    @property
    def partition(self) -> int:
        return int(self._event.message.partition)

    @property
    def offset(self) -> int:
        return int(self._event.message.offset)

    @property
    def value(self) -> bytes | None:
        value = self._event.message.value
        return value if isinstance(value, bytes) else None

    def ack(self) -> None:
        self._event.ack()


class Worker:
    """One Faust application; `start`, then `publisher` delivers until `stop`."""

    def __init__(
        self,
        broker: str,
        topics: Topics,
        settings: PipelineSettings,
        *,
        observer: PipelineObserver,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._app = app = make_app(broker, topics)
        self._mentions = app.topic(topics.mentions, **_RAW)
        self._tallies = app.topic(topics.tallies, **_RAW)
        self._alerts = app.topic(topics.alerts, **_RAW)
        self._states = app.Table("states", partitions=topics.partitions, **_RAW_TABLE)
        self._seen = app.Table("seen", partitions=topics.partitions, **_RAW_TABLE)
        self._under_way: set[str] = set()
        self.score = ScoreStage(
            make_scorer(settings),
            topics,
            stored=lambda partition: _rows_of(self._seen, partition),
            send=self._send,
            observer=observer,
            clock=clock,
        )
        self.detect = DetectStage(
            settings,
            topics,
            stored=lambda partition: _rows_of(self._states, partition),
            send=self._send,
            observer=observer,
            on_alert=self._under_way.add,
        )
        self.publish = PublishStage(topics, send=self._send, on_done=self._under_way.discard)
        self._publisher: Publisher | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._add_agents()
        app.on_partitions_revoked.connect(self._on_revoked)

    async def start(self, publisher: Publisher) -> None:
        """Join the group; returns when Faust's services are up, before any partition is here."""
        self._publisher = publisher
        await self._app.start()
        self._tasks.append(asyncio.create_task(self._every(_SHOW_SECONDS, self._show)))

    async def run(self) -> None:
        """Returns when Faust has stopped by itself; raises what made it crash."""
        await self._app.wait_until_stopped()
        reason = self._app.crash_reason
        if reason is not None:
            raise reason

    @property
    def is_idle(self) -> bool:
        """Whether nothing that came here is still to be evaluated or delivered."""
        return self.detect.is_idle and not self._under_way

    def stop_publishing(self) -> None:
        """Take no more alerts: those are left for whoever reads the topic next."""
        self._publisher = None

    async def stop(self) -> None:
        """Finish what was taken, commit, and leave the group."""
        for task in self._tasks:
            task.cancel()
        await self.score.flush()
        await self.detect.flush()
        await self._app.stop()

    @property
    def is_ready(self) -> bool:
        """Whether partitions are assigned and the tables recovered."""
        return bool(self._app.consumer.assignment()) and not self._app.rebalancing

    def _add_agents(self) -> None:
        # One stream each: with more, Faust commits offsets behind unfinished ones (FAUST.md).
        async def score(stream: AsyncIterable[bytes]) -> None:
            await self._pump(stream, self.score)

        async def detect(stream: AsyncIterable[bytes]) -> None:
            await self._pump(stream, self.detect)

        async def publish(stream: Any) -> None:
            async for event in stream.noack().events():
                if self._publisher is not None:  # else it is not acknowledged, and comes again
                    await self.publish.take(_FaustEvent(event), self._publisher)

        self._app.agent(self._mentions, name="score", concurrency=1)(score)
        self._app.agent(self._tallies, name="detect", concurrency=1)(detect)
        self._app.agent(self._alerts, name="publish", concurrency=1)(publish)

    async def _pump(self, stream: Any, stage: _Stage) -> None:
        flushing = asyncio.create_task(self._every(_FLUSH_SECONDS, stage.flush))
        try:
            async for event in stream.noack().events():
                stage.take(_FaustEvent(event))
                if stage.is_full:
                    await stage.flush()
        finally:
            flushing.cancel()

    async def _every(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            await asyncio.sleep(seconds)
            await work()

    async def _show(self) -> None:
        self.detect.show()

    async def _on_revoked(self, app: object, revoked: set[TP], **_: object) -> None:
        del app
        log.info("partitions revoked", partitions=len(revoked))
        await self.score.forget()
        await self.detect.forget()
        self.publish.forget()

    async def _send(self, record: Outgoing) -> Awaitable[object]:
        future: Awaitable[object] = await self._app.producer.send(
            record.topic, record.key, record.value, record.partition, None, None
        )
        return future


_RAW: Final = {"value_serializer": "raw", "key_serializer": "raw", "value_type": bytes}
_RAW_TABLE: Final = {"key_type": bytes, "value_type": bytes}


def make_app(broker: str, topics: Topics) -> Any:
    """The Faust application with the settings that FAUST.md's measurements speak for."""
    return faust.App(
        topics.application,
        broker=[f"kafka://{server}" for server in servers_of(broker)],
        store="memory://",
        autodiscover=False,
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        processing_guarantee="at_least_once",
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=MAX_RECORD_BYTES,
        producer_acks=-1,
        producer_linger=0.02,
        producer_max_request_size=MAX_RECORD_BYTES,
        stream_wait_empty=False,
        broker_commit_interval=1.0,
        broker_max_poll_records=500,
        broker_session_timeout=10,
        broker_heartbeat_interval=2,
        broker_rebalance_timeout=20,
    )


def _rows_of(table: Any, partition: int) -> Mapping[bytes, bytes]:
    """The rows that the changelog's partition gave back."""
    store = table.data
    return {
        key: value
        for key, value in store.data.items()
        if value is not None and store._key_partition.get(key) == partition
    }
