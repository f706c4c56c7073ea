"""Structured logs on standard error: one event per fact, never the text of a mention."""

import logging
import os
import sys
from typing import Final

import structlog

_LEVEL_VARIABLE: Final = "LISTENER_LOG_LEVEL"
_FORMAT_VARIABLE: Final = "LISTENER_LOG_FORMAT"


def configure_logs(default_level: str = "info") -> None:
    """For a person on a terminal, as JSON elsewhere; LISTENER_LOG_FORMAT=json|console decides.

    LISTENER_LOG_LEVEL overrules `default_level`.
    """
    level = os.environ.get(_LEVEL_VARIABLE, default_level).upper()
    number = logging.getLevelNamesMapping().get(level, logging.INFO)
    wanted = os.environ.get(_FORMAT_VARIABLE) or ("console" if sys.stderr.isatty() else "json")
    stamps: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer()
        if wanted == "console"
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[*stamps, structlog.processors.format_exc_info, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        # Looked up at each event: standard error may be another one by then.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    # Libraries say little, and that in the same shape.
    logging.basicConfig(
        level=max(number, logging.WARNING), format="%(levelname)s %(name)s %(message)s"
    )
