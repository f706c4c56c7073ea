"""Replay: plays a recording as if it happened now, at any speed.

The cursor is the position in the order of publication, beside a mark of how the file begins and
one of the places of all rows before: a restart goes on where it was, though rows were added at
the end; another file under the same name, or one that got older rows, starts anew. What is
packed or comes through a pipe is marked by what was packed.
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
        self._reader = RowReader(settings.path, self._layout.needed)  # refused now, if at all
        self._mark = _digest(self._reader.head(_MARKED_BYTES)).hexdigest()
        self._passed = 0, _digest()
        self._last: tuple[datetime, float] | None = None

    async def fetch(self, cursor: str | None, now: datetime) -> Batch:
        recording = await self._open(now)
        position = self._position(cursor, recording)
        if position is None:  # the very first fetch only says when event time begins
            return Batch((), self._cursor(recording, 0), watermark=from_epoch(recording.time(0)))
        reached = self._reached(recording, position, now)
        end = position
        while end < min(len(recording), position + _BATCH) and recording.time(end) <= reached:
            end += 1
        rows = [recording.read(place, now) for place in range(position, end)]
        return Batch(
            mentions=tuple(row for row in rows if isinstance(row, Mention)),
            rejections=tuple(row for row in rows if isinstance(row, Rejection)),
            cursor=self._cursor(recording, end),
            watermark=from_epoch(_watermark(recording, end, reached)),
            wait=self._wait(recording, end, reached),
            done=end == len(recording),
        )

    async def close(self) -> None:
        self._closed = True
        self._reader.close()

    async def _open(self, now: datetime) -> Recording:
        """In a thread: a large file takes a while to be read through."""
        if self._recording is None:
            self._recording = await asyncio.to_thread(
                Recording,
                self._settings.path,
                self._layout,
                now,
                given_up=lambda: self._closed,
                reader=self._reader,
            )
        return self._recording

    def _position(self, cursor: str | None, recording: Recording) -> int | None:
        mark, _, rest = (cursor or "").partition(":")
        text, _, places = rest.partition(":")
        if mark != self._mark or not text.isdecimal():
            return None
        position = int(text)
        if position > len(recording):  # the file has become shorter: nothing is new
            return len(recording)
        return position if self._places(recording, position) == places else None

    def _cursor(self, recording: Recording, position: int) -> str:
        return f"{self._mark}:{position}:{self._places(recording, position)}"

    def _places(self, recording: Recording, position: int) -> str:
        """A mark of where all rows before `position` stand, carried on from the last call."""
        passed, places = self._passed
        if position < passed:
            passed, places = 0, _digest()
        places.update(recording.offsets(passed, position))
        self._passed = position, places
        return places.hexdigest()

    def _reached(self, recording: Recording, position: int, now: datetime) -> float:
        """How far event time has come, in Unix seconds."""
        if self._settings.speed == 0:
            return float("inf")
        start = recording.time(min(position, len(recording) - 1))
        fast_until = self._settings.fast_until
        if fast_until is not None and start < fast_until.timestamp():
            return fast_until.timestamp()
        last, reached = self._last or (now, start)
        # A clock that was set back holds nothing up for as long as that.
        passed = max(now - last, timedelta()) / timedelta(seconds=1)
        self._last = (now, reached + passed * self._settings.speed)
        return self._last[1]

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


def _digest(data: bytes = b"") -> "hashlib.blake2b":
    return hashlib.blake2b(data, digest_size=8)
