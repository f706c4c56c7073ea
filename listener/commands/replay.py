"""`listener replay`: play a recording into a running system."""

from pathlib import Path
from typing import Annotated

import typer

from listener.commands.options import (
    DEFAULT_CONFIG,
    RECORDING,
    ConfigOption,
    KindOption,
    MapOption,
    SourceOption,
    layout_of,
)
from listener.connectors.replay import ReplaySettings
from listener.errors import UsageError
from listener.logs import configure_logs
from listener.loop import run_loop
from listener.settings import load_settings


def replay(
    file: Annotated[Path, typer.Argument(help=RECORDING)],
    columns: MapOption = None,
    speed: Annotated[
        float, typer.Option("--speed", help="1: real time, 60: an hour a minute, 0: at once.")
    ] = 1.0,
    config: ConfigOption = DEFAULT_CONFIG,
    source: SourceOption = "replay",
    kind: KindOption = "other",
) -> None:
    """Play a recording into the Kafka of a running system, in event time.

    Meant for a system that listens to nothing else at the time: the recording's dates are the
    clock. Stopped and started again, it goes on where it was. Mentions that the system has had
    are not counted again.

    Example: LISTENER_BROKER=kafka://localhost:9092 listener replay outage.jsonl --speed 60
    """
    layout = layout_of(columns, source, kind)
    settings = load_settings(config)
    if not settings.broker:
        raise UsageError(
            "replay plays into a system that runs on Kafka: set LISTENER_BROKER=kafka://host:9092. "
            "Without a broker, configure a connector of type replay and use `listener run`, or "
            "`listener backtest` to see what would have rung"
        )
    configure_logs()
    try:
        connector = ReplaySettings(
            type="replay",
            path=file,
            name=f"replay:{file.name}",
            speed=speed,
            map=layout.columns,
            source=layout.source,
            kind=layout.kind,
        )
    except ValueError as error:
        raise UsageError(f"--speed: {error}") from None
    from listener.engines.kafka import run_ingest  # noqa: PLC0415 - Faust takes a second

    run_loop(run_ingest(settings.with_only(connector), until_done=True))
