"""What every connector offers.

A connector fetches from one source and says how far it came. It never sleeps, retries, stores or
produces: `listener.ingest` does, and stores the cursor only once the mentions are safe.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from detectors.records import Deletion, Mention, Rejection


@dataclass(frozen=True, slots=True)
class Batch:
    """What one fetch brought.

    `cursor` is where to go on after this batch: opaque to everybody else. `watermark` is up to
    where in event time everything has now been brought; `None` for a live source, whose event
    time is the clock. `wait` is in how many seconds there may be more; `done` says never.
    `deletions` take back posts that were brought before, or stand among `mentions`. `refused` is
    how many requests were turned away since the last batch; `None` where nobody pushes.
    """

    mentions: tuple[Mention, ...]
    cursor: str
    rejections: tuple[Rejection, ...] = ()
    watermark: datetime | None = None
    wait: float = 0.0
    done: bool = False
    deletions: tuple[Deletion, ...] = ()
    refused: int | None = None


class RetryLater(Exception):
    """The source asks to be left alone for `wait` seconds (Retry-After, a spent quota).

    The text names the source's host at most. Ingest caps the wait.
    """

    def __init__(self, message: str, wait: float) -> None:
        super().__init__(message)
        self.wait = wait


class Connector(Protocol):
    """One source of mentions."""

    @property
    def name(self) -> str:
        """Unique among the configured connectors: cursors and metrics go by it."""
        ...

    async def fetch(self, cursor: str | None, now: datetime) -> Batch:
        """What came after `cursor` (`None`: from the start), as of `now`, in bounded portions.

        Raises `RetryLater` where the source says when to come back, `UsageError` where it can
        never start; whatever else it raises is tried again, with growing waits.
        """
        ...

    async def close(self) -> None:
        """Let go of files and connections; may be called twice."""
        ...
