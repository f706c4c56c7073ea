"""Structured logs on standard error: one event per fact, never the text of a mention.

What belongs together is found by its ids: a mention's, an incident's (which every alert's begins
with), a connector's and a sink's name.
"""

import logging
import os
import sys
from typing import Final, TextIO

import structlog

from detectors.records import Alert
from listener.repeats import RepeatFilter
from sinks.sink import Outcome

_LEVEL_VARIABLE: Final = "LISTENER_LOG_LEVEL"
_FORMAT_VARIABLE: Final = "LISTENER_LOG_FORMAT"


def configure_logs(default_level: str = "info") -> None:
    """For a person on a terminal, as JSON elsewhere; LISTENER_LOG_FORMAT=json|console decides.

    LISTENER_LOG_LEVEL overrules `default_level`.
    """
    level = os.environ.get(_LEVEL_VARIABLE, default_level).upper()
    number = logging.getLevelNamesMapping().get(level, logging.INFO)
    wanted = os.environ.get(_FORMAT_VARIABLE) or ("console" if sys.stderr.isatty() else "json")
    common: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    rendering: list[structlog.typing.Processor] = [
        structlog.processors.format_exc_info,
        structlog.dev.ConsoleRenderer()
        if wanted == "console"
        else structlog.processors.JSONRenderer(),
    ]
    structlog.configure(
        processors=[*common, *rendering],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        # Looked up at each event: standard error may be another one by then.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    # Libraries say little, in the same shape, and the same thing not for ever.
    handler = _StandardError()
    handler.addFilter(RepeatFilter())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                *common,
                structlog.stdlib.add_logger_name,
                structlog.stdlib.ExtraAdder(["repeated"]),
            ],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    logging.basicConfig(level=max(number, logging.WARNING), handlers=[handler], force=True)


class _StandardError(logging.StreamHandler[TextIO]):
    """Writes to the standard error of the moment, as our own lines go there."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


def alert_facts(alert: Alert) -> dict[str, object]:
    """What a log says of an alert."""
    return {
        "alert_id": alert.alert_id,
        "incident_id": alert.incident_id,
        "brand": alert.brand,
        "severity": alert.severity.value,
        "status": alert.status.value,
        "event_time": alert.at.isoformat(),
        "mentions": [f"{post.source}:{post.id}" for post in alert.posts],
    }


def delivery_facts(alert: Alert, sink: str, outcome: Outcome) -> dict[str, object]:
    """What a log says of an alert that a sink is done with."""
    return {
        "alert_id": alert.alert_id,
        "incident_id": alert.incident_id,
        "sink": sink,
        "outcome": outcome.value,
    }
