"""The service on the embedded engine: connectors, pipeline, sinks and the port in one process."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final

import structlog
from prometheus_client import CollectorRegistry
from rich.console import Console

from listener.connectors import Connector, make_connector
from listener.engines.embedded import EmbeddedEngine
from listener.errors import UsageError
from listener.ingest import Ingest, utc_now
from listener.ingest_observer import Observers
from listener.metrics import Metrics
from listener.port import OFF, Port
from listener.settings import Settings
from listener.source_table import SourceTable
from listener.supervision import cancel, until_stopped
from sinks import (
    ConsoleSettings,
    DeadLetter,
    Observer,
    OnSettled,
    Publisher,
    Route,
    build_route,
)
from sinks.console import ConsoleSink

# SIGTERM has to be obeyed within 10 s; what is not delivered by then waits for the next start.
_DRAIN_SECONDS: Final = 4.0

log = structlog.get_logger()

Watch = Callable[[EmbeddedEngine], Coroutine[None, None, None]]


async def run_embedded(
    settings: Settings,
    connectors: Sequence[Connector],
    routes: Sequence[Route],
    *,
    until_done: bool = False,
    watch: Watch | None = None,
    table: SourceTable | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> None:
    """Listen until SIGTERM or SIGINT; with `until_done` also until every connector is done.

    `watch` runs beside it all and may look at the engine; `table` is told of the connectors.
    """
    metrics = Metrics(
        CollectorRegistry(),
        brands=[brand.name for brand in settings.brands],
        connectors=[connector.name for connector in connectors],
        sinks=[route.sink.name for route in routes],
    )
    engine = EmbeddedEngine(
        settings.pipeline,
        settings.data_dir,
        sinks=[route.sink.name for route in routes],
        observer=metrics,
        clock=clock,
    )
    publisher = make_publisher(
        routes,
        settings,
        on_settled=engine.settled,
        dead_letter=engine.buried,
        observer=metrics,
    )
    ingest = Ingest(
        connectors,
        engine,
        observer=Observers(metrics, table) if table else metrics,
        lateness=settings.lateness,
        sources=settings.sources,
        by_the_clock=settings.clock == "wall",
        clock=clock,
    )
    metrics.watch_brands(engine.visit)
    metrics.watch_service(lambda: engine.why_not_ready)
    metrics.watch_state({"listener.db": lambda: engine.state_bytes})
    port = Port(metrics.page, lambda: engine.why_not_ready)
    tasks: list[asyncio.Task[None]] = []
    try:
        if settings.metrics.port != OFF:
            await port.open(settings.metrics.host, settings.metrics.port)
        publisher.start()
        tasks.append(asyncio.create_task(engine.deliver(publisher)))
        if watch is not None:
            tasks.append(asyncio.create_task(watch(engine)))
        await until_stopped(ingest.run(), *tasks, until_done=until_done)
        log.info("stopping")
        with suppress(TimeoutError):
            await asyncio.wait_for(engine.handed_over(), _DRAIN_SECONDS)
        await publisher.drain(_DRAIN_SECONDS)
    finally:
        await cancel(*tasks)
        await publisher.close()
        await engine.close()
        await port.close()
    log.info("stopped")


def make_connectors(settings: Settings) -> list[Connector]:
    """The configured connectors; raises `UsageError` where one can't start."""
    connectors = []
    for place, connector in enumerate(settings.connectors):
        try:
            connectors.append(make_connector(connector))
        except UsageError as error:
            raise settings.wrong(f"connectors[{place}]", error) from None
    return connectors


def make_routes(settings: Settings, console: Console | None = None) -> list[Route]:
    """The configured sinks; raises `UsageError` where one doesn't fit this machine.

    Those that print do so on `console`, where there is one: above what it shows live.
    """
    routes = []
    for place, sink in enumerate(settings.sinks):
        try:
            if console is not None and isinstance(sink, ConsoleSettings):
                printed = ConsoleSink(sink, console)
                routes.append(Route(printed, sink.min_severity, sink.min_interval))
            else:
                routes.append(build_route(sink))
        except ValueError as error:
            raise settings.wrong(f"sinks[{place}]", error) from None
    return routes


def make_publisher(
    routes: Sequence[Route],
    settings: Settings,
    *,
    on_settled: OnSettled,
    dead_letter: DeadLetter,
    observer: Observer,
) -> Publisher:
    """The publisher with the configured retries."""
    return Publisher(
        routes,
        on_settled=on_settled,
        dead_letter=dead_letter,
        policy=settings.retries,
        observer=observer,
    )
