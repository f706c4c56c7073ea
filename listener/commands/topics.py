"""`listener topics`: make and check what the Kafka engine needs."""

import typer
from rich.console import Console
from rich.table import Table

from listener.commands.options import DEFAULT_CONFIG, ConfigOption
from listener.errors import UsageError
from listener.settings import load_settings


def topics(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Create the topics that are missing on the broker, and check the others.

    Exit code 2 if one is not as configured, with the mend. Safe to run again.

    Example: LISTENER_BROKER=kafka://localhost:9092 listener topics
    """
    settings = load_settings(config)
    if not settings.broker:
        raise UsageError("this needs a broker: set LISTENER_BROKER=kafka://host:9092")
    from listener.engines.kafka.topics import prepare_topics  # noqa: PLC0415 - Faust is slow

    table = Table("topic", "partitions", "", box=None, pad_edge=False)
    for report in prepare_topics(settings.brokers, settings.kafka):
        made = "created" if report.made else "there"
        table.add_row(report.spec.name, str(report.spec.partitions), made)
    Console().print(table)
    typer.echo("all as they should be")
