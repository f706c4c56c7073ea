"""A file to which every alert is appended as one line of JSON."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from detectors.records import Alert, dumps
from sinks.lines import append_lines
from sinks.settings import CommonSettings
from sinks.sink import DeliveryError


@dataclass(frozen=True, kw_only=True)
class JsonlSettings(CommonSettings):
    """Settings of a JSONL sink: the file is `path`, in a directory that exists."""

    type: Literal["jsonl"] = "jsonl"
    path: str

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.path.strip():
            raise ValueError("path: name the file that alerts are appended to")

    def build(self) -> "JsonlSink":
        """Raises ValueError if the file can't be in that place."""
        path = Path(self.path)
        if not path.parent.is_dir():
            raise ValueError(f"path: there is no directory {path.parent}; create it")
        if path.is_dir():
            raise ValueError(f"path: {path} is a directory; name a file in it")
        return JsonlSink(self)


class JsonlSink:
    """Appends, and returns once the line is on the disk."""

    def __init__(self, settings: JsonlSettings) -> None:
        self.name = settings.name or settings.type
        self._path = Path(settings.path)

    async def deliver(self, alert: Alert) -> None:
        await asyncio.to_thread(self._append, dumps(alert.to_json()) + b"\n")

    def _append(self, line: bytes) -> None:
        try:
            append_lines(self._path, line)
        except OSError as error:
            # A full disk, a missing directory, a lacking right: all can be mended while we run.
            message = f"can't write to {self._path}: {error.strerror}"
            raise DeliveryError(message, retryable=True) from None

    async def close(self) -> None:
        """Nothing is kept open."""
