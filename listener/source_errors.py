"""What may be told of a source's failure: in the log, on a terminal, to the team."""

from pathlib import Path
from traceback import extract_tb
from typing import Final

from detectors.text import clean, one_line
from listener.connectors import RetryLater
from listener.connectors.http import SourceError
from listener.errors import UsageError
from sinks.net import OutboundError

_MAX_READ: Final = 1000
_MAX_TOLD: Final = 200
_TELLING: Final = (RetryLater, SourceError, OutboundError, UsageError, OSError)


def told(error: BaseException) -> str:
    """One line: what an error says that is meant to be read.

    Of any other, which might quote a key or what somebody wrote, its kind and where in our code,
    or that of a library, it came up: it is a mistake of ours, and that is what a report needs.
    """
    text = str(error) if isinstance(error, _TELLING) else ""
    return one_line(clean(text or _kind(error), _MAX_READ), _MAX_TOLD)


def _kind(error: BaseException) -> str:
    name, frames = type(error).__name__, extract_tb(error.__traceback__)
    return f"{name} at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else name
