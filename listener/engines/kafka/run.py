"""Running the parts of the Kafka engine: ingest, a worker, or both in one process."""

import asyncio
from datetime import datetime
from typing import Final

import structlog
from prometheus_client import CollectorRegistry

from listener.engines.kafka.intake import WorkerFailed
from listener.engines.kafka.last_resort import at_most, begin_anew, has_begun_anew
from listener.engines.kafka.log import KafkaLog
from listener.engines.kafka.topics import Topics, prepare_topics
from listener.engines.kafka.worker import Worker
from listener.errors import UsageError
from listener.ingest import Ingest, Portion
from listener.ingest_observer import Observers
from listener.metrics import Metrics
from listener.port import OFF, Port
from listener.service import make_connectors, make_publisher, make_routes
from listener.settings import Settings
from listener.source_table import SourceTable
from listener.supervision import cancel, until_stopped

# SIGTERM has to be obeyed within 10 s, whatever the broker does.
_DRAIN_SECONDS: Final = 3.0
_STOP_SECONDS: Final = 8.0
_PAUSE_SECONDS: Final = 3.0
_LOOK_SECONDS: Final = 0.2

log = structlog.get_logger()


async def run_kafka(
    settings: Settings,
    *,
    ingest: bool,
    work: bool,
    until_done: bool = False,
    table: SourceTable | None = None,
) -> None:
    """Ingest, a worker, or both, until SIGTERM or SIGINT.

    With `until_done` also until every connector is done and, where there is a worker here, it
    has worked off what they brought. `table` is told of the connectors.
    """
    metrics = Metrics(
        CollectorRegistry(),
        brands=[brand.name for brand in settings.brands] if work else (),
        connectors=[connector.name for connector in settings.connectors] if ingest else (),
        sinks=[sink.name or sink.type for sink in settings.sinks] if work else (),
    )
    parts: list[Worker | KafkaLog] = []

    def why_not_ready() -> str:
        if not parts:
            return "the broker has not answered yet"
        return next((part.why_not_ready for part in parts if part.why_not_ready), "")

    metrics.watch_service(why_not_ready)
    metrics.watch_broker(lambda: max((part.broker_silent for part in parts), default=0.0))
    port = Port(metrics.page, why_not_ready)
    try:
        if settings.metrics.port != OFF:
            await port.open(settings.metrics.host, settings.metrics.port)
        topics = await _prepare(settings)
        pipeline = settings.pipeline
        after = settings.kafka.early_warning_after
        worker = (
            Worker(settings.brokers, topics, pipeline, observer=metrics, early_warning_after=after)
            if work
            else None
        )
        mentions = _log(settings, topics, metrics) if ingest else None
        parts += [part for part in (worker, mentions) if part is not None]
        if worker is not None:
            _watch(metrics, worker)
            await _work(
                settings, topics, metrics, worker, mentions, until_done=until_done, table=table
            )
        elif mentions is not None:
            await _ingest(settings, metrics, mentions, until_done=until_done, table=table)
    finally:
        await port.close()
        log.info("stopped")


def _watch(metrics: Metrics, worker: Worker) -> None:
    metrics.watch_brands(worker.detect.visit)
    metrics.watch_stages(
        {"score": lambda: worker.score.pending, "detect": lambda: worker.detect.pending}
    )
    metrics.watch_state({"brands": lambda: worker.detect.writer.state_bytes})


async def run_ingest(settings: Settings, *, until_done: bool) -> None:
    """Ingest alone, without a port: what `listener replay` is."""
    topics = await _prepare(settings)
    metrics = Metrics(CollectorRegistry())
    await _ingest(settings, metrics, _log(settings, topics, metrics), until_done=until_done)


async def _prepare(settings: Settings) -> Topics:
    """The topics, made where they were missing; a service that was under way waits for them."""
    while True:
        try:
            await asyncio.to_thread(prepare_topics, settings.brokers, settings.kafka)
        except UsageError as error:
            if not has_begun_anew():
                raise
            log.warning("waiting for the broker", error=str(error))
            await asyncio.sleep(_PAUSE_SECONDS)
        else:
            return Topics(settings.kafka)


async def _ingest(
    settings: Settings,
    metrics: Metrics,
    mentions: KafkaLog,
    *,
    until_done: bool,
    table: SourceTable | None = None,
) -> None:
    try:
        ingest = _ingest_of(settings, mentions, metrics, table)
        await until_stopped(ingest.run(), until_done=until_done)
    finally:
        with at_most(_STOP_SECONDS):
            await mentions.close()


async def _work(
    settings: Settings,
    topics: Topics,
    metrics: Metrics,
    worker: Worker,
    mentions: KafkaLog | None,
    *,
    until_done: bool,
    table: SourceTable | None,
) -> None:
    publisher = make_publisher(
        make_routes(settings, table.console if table else None),
        settings,
        on_settled=worker.publish.settled,
        dead_letter=worker.publish.buried,
        observer=metrics,
    )
    tasks: list[asyncio.Task[None]] = []
    try:
        publisher.start()
        running = asyncio.create_task(worker.run(publisher))
        tasks.append(running)
        if mentions is None:
            await until_stopped(asyncio.sleep(0), running)
        else:
            work = _ingest_and_finish(
                _ingest_of(settings, mentions, metrics, table), mentions, worker, topics
            )
            await until_stopped(work, running, until_done=until_done)
        log.info("stopping")
        worker.stop_publishing()
        with at_most(_STOP_SECONDS):
            await publisher.drain(_DRAIN_SECONDS)
            await worker.stop()
            await cancel(*tasks)
            if mentions is not None:
                await mentions.close()
    except WorkerFailed:
        log.exception("the worker failed and begins anew")
        await publisher.drain(_PAUSE_SECONDS)
        begin_anew()
    except Exception:
        with at_most(_STOP_SECONDS):  # else Faust's threads would keep the process for ever
            await worker.stop()
            await cancel(*tasks)
        raise
    finally:
        await cancel(*tasks)
        await publisher.close()


async def _ingest_and_finish(
    ingest: Ingest, mentions: KafkaLog, worker: Worker, topics: Topics
) -> None:
    """Ingest until every connector is done, then until the worker has come as far."""
    await ingest.run()
    while not _has_finished(worker, mentions.watermark, topics.partitions):  # noqa: ASYNC110 - rare
        await asyncio.sleep(_LOOK_SECONDS)


def _has_finished(worker: Worker, watermark: datetime | None, partitions: int) -> bool:
    reached = worker.detect.watermark
    return (
        watermark is None
        or (
            reached is not None
            and reached >= watermark.replace(microsecond=0)
            and worker.detect.partitions == partitions
        )
    ) and worker.is_idle


def _log(settings: Settings, topics: Topics, metrics: Metrics) -> KafkaLog:
    def count(portion: Portion) -> None:
        if portion.connector is not None:
            metrics.received(portion.connector, len(portion.mentions))
        for rejection in portion.rejections:
            metrics.rejected(rejection.code)

    return KafkaLog(settings.brokers, topics, settings.data_dir, on_append=count)


def _ingest_of(
    settings: Settings, mentions: KafkaLog, metrics: Metrics, table: SourceTable | None
) -> Ingest:
    return Ingest(
        make_connectors(settings),
        mentions,
        observer=Observers(metrics, table) if table else metrics,
        lateness=settings.lateness,
        sources=settings.sources,
        by_the_clock=settings.clock == "wall",
    )
