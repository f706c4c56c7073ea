"""Replay: plays a recording as if it happened now, at any speed.

The cursor is the position in the order of publication, beside a mark of the file that it counts
in, so that a restart goes on where it was and another file under the same name starts anew.
"""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Literal

from detectors.records import Kind, Mention, Rejection
from detectors.records.times import from_epoch
from detectors.scoring import STEP
from listener.connectors.connector import Batch
from listener.errors import UsageError
from listener.recordings import Layout, Recording
from listener.rows import RowReader

_BATCH: Final = 500
_MARKED_BYTES: Final = 4096
_LONGEST_WAIT: Final = 1.0


@dataclass(frozen=True, slots=True)
class ReplaySettings:
    """`speed` 1 is real time, 60 an hour a minute, 0 as fast as possible; what comes before
    `fast_until` is played as fast as possible at any speed, to learn from. `map` names the
    file's column for a mention's field where they differ."""

    type: Literal["replay"]
    path: Path
    name: str = "replay"
    speed: float = 1.0
    map: Mapping[str, str] = field(default_factory=dict)
    source: str = "replay"
    kind: Kind = "other"
    fast_until: datetime | None = None

    def __post_init__(self) -> None:
        if not self.speed >= 0:  # nor not-a-number
            raise ValueError("speed: expected 0 (as fast as possible) or more")
        if self.fast_until is not None and self.fast_until.tzinfo is None:
            raise ValueError("fast_until: expected a time with its offset, as 2026-11-22T14:00Z")
        Layout(self.map, self.source, self.kind)


class ReplayConnector:
    """Brings the mentions of one recording when their time has come."""

    def __init__(self, settings: ReplaySettings) -> None:
        self.name = settings.name
        self._settings = settings
        self._layout = Layout(settings.map, settings.source, settings.kind)
        self._recording: Recording | None = None
        self._closed = False
        RowReader(settings.path, self._layout.needed).close()  # refused now, not when it plays
        self._mark = _mark_of(settings.path)
        self._began: tuple[datetime, float] | None = None

    async def fetch(self, cursor: str | None, now: datetime) -> Batch:
        recording = await self._open(now)
        position = self._position(cursor, len(recording))
        if position is None:  # the very first fetch only says when event time begins
            return Batch((), self._cursor(0), watermark=from_epoch(recording.time(0)))
        reached = self._reached(recording, position, now)
        end = position
        while end < min(len(recording), position + _BATCH) and recording.time(end) <= reached:
            end += 1
        rows = [recording.read(place, now) for place in range(position, end)]
        return Batch(
            mentions=tuple(row for row in rows if isinstance(row, Mention)),
            rejections=tuple(row for row in rows if isinstance(row, Rejection)),
            cursor=self._cursor(end),
            watermark=from_epoch(_watermark(recording, end, reached)),
            wait=self._wait(recording, end, reached),
            done=end == len(recording),
        )

    async def close(self) -> None:
        self._closed = True
        if self._recording is not None:
            self._recording.close()

    async def _open(self, now: datetime) -> Recording:
        """In a thread: a large file takes a while to be read through."""
        if self._recording is None:
            self._recording = await asyncio.to_thread(
                Recording, self._settings.path, self._layout, now, lambda: self._closed
            )
        return self._recording

    def _position(self, cursor: str | None, rows: int) -> int | None:
        mark, _, position = (cursor or "").partition(":")
        if mark != self._mark or not position.isdigit():
            return None
        return min(int(position), rows)  # the file may have become shorter

    def _cursor(self, position: int) -> str:
        return f"{self._mark}:{position}"

    def _reached(self, recording: Recording, position: int, now: datetime) -> float:
        """How far event time has come, in Unix seconds."""
        if self._settings.speed == 0:
            return float("inf")
        start = recording.time(min(position, len(recording) - 1))
        fast_until = self._settings.fast_until
        if fast_until is not None and start < fast_until.timestamp():
            return fast_until.timestamp()
        if self._began is None:
            self._began = (now, start)
        since, start_time = self._began
        return start_time + (now - since) / timedelta(seconds=1) * self._settings.speed

    def _wait(self, recording: Recording, end: int, reached: float) -> float:
        if end == len(recording) or recording.time(end) <= reached:
            return 0.0
        until_next = min(recording.time(end) - reached, STEP) / self._settings.speed
        return min(until_next, _LONGEST_WAIT)


def _watermark(recording: Recording, end: int, reached: float) -> float:
    """All before the next row has been brought; behind the last one, its step is complete."""
    if end == len(recording):
        return (recording.time(end - 1) // STEP + 1) * STEP
    return min(recording.time(end), reached)


def _mark_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            head = file.read(_MARKED_BYTES)
    except OSError as error:
        raise UsageError(f"{path}: {(error.strerror or 'unreadable').lower()}") from None
    return hashlib.blake2b(head, digest_size=8).hexdigest()
