"""`listener run`, `ingest` and `worker`: the always-on service, whole or in parts."""

from typing import Annotated

import typer

from listener.commands.options import DEFAULT_CONFIG, ConfigOption
from listener.errors import UsageError
from listener.logs import configure_logs
from listener.loop import run_loop
from listener.service import make_connectors, make_routes, run_embedded
from listener.settings import Settings, load_settings
from listener.source_table import SourceTable, shown, table_for_terminal

UntilDoneOption = Annotated[
    bool,
    typer.Option(
        "--until-done", help="Stop when every connector has come to its end (for recordings)."
    ),
]


def run(config: ConfigOption = DEFAULT_CONFIG, until_done: UntilDoneOption = False) -> None:
    """Listen, detect and alert, all in one process, until SIGTERM.

    Without a broker the state is kept in one file under data_dir. With LISTENER_BROKER (or
    `broker:` in the file) it is ingest and a worker on Apache Kafka. On a terminal it shows how
    each source is heard.

    Example: listener run --config config/listener.yaml
    """
    settings = load_settings(config)
    configure_logs()
    table = _table(settings)
    if settings.broker:
        from listener.engines.kafka import run_kafka  # noqa: PLC0415 - Faust takes a second

        work = run_kafka(settings, ingest=True, work=True, until_done=until_done, table=table)
    else:
        connectors = make_connectors(settings)
        routes = make_routes(settings, table.console if table else None)
        work = run_embedded(settings, connectors, routes, until_done=until_done, table=table)
    with shown(table):
        run_loop(work)


def ingest(config: ConfigOption = DEFAULT_CONFIG, until_done: UntilDoneOption = False) -> None:
    """Fetch from the connectors into Kafka, and nothing else.

    On a terminal it shows how each source is heard: its rate, lag, last mention and errors. Run
    exactly one of these per configuration; add `listener worker` as often as needed.

    Example: LISTENER_BROKER=kafka://localhost:9092 listener ingest
    """
    settings = _with_broker(load_settings(config))
    configure_logs()
    from listener.engines.kafka import run_kafka  # noqa: PLC0415 - as above

    table = _table(settings)
    with shown(table):
        run_loop(run_kafka(settings, ingest=True, work=False, until_done=until_done, table=table))


def worker(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Score, detect and publish what ingest put on Kafka; as many of these as are needed.

    Example: LISTENER_BROKER=kafka://localhost:9092 listener worker
    """
    settings = _with_broker(load_settings(config))
    configure_logs()
    from listener.engines.kafka import run_kafka  # noqa: PLC0415 - as above

    run_loop(run_kafka(settings, ingest=False, work=True))


def _table(settings: Settings) -> SourceTable | None:
    return table_for_terminal([connector.name for connector in settings.connectors])


def _with_broker(settings: Settings) -> Settings:
    if not settings.broker:
        raise UsageError(
            "this needs a broker: set LISTENER_BROKER=kafka://host:9092, or broker: in the "
            "configuration; `listener run` does without one"
        )
    return settings
