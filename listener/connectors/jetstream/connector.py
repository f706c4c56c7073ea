"""The connector: a WebSocket that stays open between fetches.

The cursor is Jetstream's own, Unix microseconds. After a disconnect it asks again from
`REWIND_US` earlier, for the order on the wire is only nearly that of time; what comes twice bears
the same id. Jetstream keeps 36 hours: what is older is not to be had, and it doesn't say so.

Deleted and edited posts and deleted accounts are counted in `skipped` and go no further for now.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from detectors.records import InvalidRecord, Mention, Rejection
from detectors.records.mention import FUTURE_TOLERANCE
from listener.connectors.connector import Batch
from listener.connectors.jetstream.events import FIRST_TIME_US, POSTS, Event, read_event, read_post
from listener.connectors.websocket import open_websocket
from sinks.net import Resolve, check_url, resolve

REWIND_US: Final = 5_000_000
MAX_FRAME: Final = 1024 * 1024
_PORTION: Final = 500
_LONGEST_FETCH: Final = 1.0


@dataclass(frozen=True, slots=True)
class JetstreamSettings:
    """`url` is that of one of Bluesky's servers, or of your own, for which `allow_http` (plain
    ``ws://``) and `allow_private` are meant."""

    type: Literal["jetstream"]
    name: str = "bluesky"
    url: str = "wss://jetstream2.us-east.bsky.network/subscribe"
    allow_http: bool = False
    allow_private: bool = False

    def __post_init__(self) -> None:
        try:
            check_url(self.url, allow_http=self.allow_http, scheme="ws")
        except ValueError as error:
            raise ValueError(f"url: {error}") from None


class JetstreamConnector:
    """Brings Bluesky's posts as they are written."""

    def __init__(self, settings: JetstreamSettings, resolve: Resolve = resolve) -> None:
        self.name = settings.name
        self.skipped: Counter[str] = Counter()
        self._settings = settings
        self._resolve = resolve
        self._url = check_url(settings.url, allow_http=settings.allow_http, scheme="ws")
        self._connection: ClientConnection | None = None
        self._began: int | None = None
        self._reached = 0

    async def fetch(self, cursor: str | None, now: datetime) -> Batch:
        """What came within a second, at most 500 frames. Raises ConnectionError, or
        `sinks.net.OutboundError`."""
        connection = await self._connect(self._position(cursor, now))
        frames = await self._receive(connection)
        return self._batch(frames, now)

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    def _position(self, cursor: str | None, now: datetime) -> int:
        if cursor is not None and cursor.isdecimal() and int(cursor) >= FIRST_TIME_US:
            return int(cursor)
        if self._began is None:  # a failed first attempt loses nothing
            self._began = _in_us(now)
        return self._began

    async def _connect(self, position: int) -> ClientConnection:
        if self._connection is not None and position == self._reached:
            return self._connection
        await self.close()
        asked = {
            "wantedCollections": POSTS,
            "cursor": str(position - REWIND_US),
            "maxMessageSizeBytes": str(MAX_FRAME),
        }
        self._connection = await open_websocket(
            self._url.copy_merge_params(asked),
            max_frame=MAX_FRAME,
            allow_private=self._settings.allow_private,
            resolve=self._resolve,
        )
        self._reached = position
        return self._connection

    async def _receive(self, connection: ClientConnection) -> list[bytes]:
        """What had come before a disconnect is kept; the next call raises."""
        frames: list[bytes] = []
        try:
            async with asyncio.timeout(_LONGEST_FETCH):
                while len(frames) < _PORTION:
                    # Undecoded: broken UTF-8 would end the connection, each time it comes again.
                    frames.append(await connection.recv(decode=False))
        except TimeoutError:
            pass
        except ConnectionClosed as error:
            if not frames:
                await self.close()
                code = error.rcvd.code if error.rcvd else error.sent.code if error.sent else "none"
                message = f"{self._url.host} closed the connection (code {code})"
                raise ConnectionError(message) from None
        return frames

    def _batch(self, frames: list[bytes], now: datetime) -> Batch:
        mentions: list[Mention] = []
        rejections: list[Rejection] = []
        before, latest = self._reached, now + FUTURE_TOLERANCE
        for number, frame in enumerate(frames, start=1):
            where = f"{self.name}: frame {number} after {before}"
            try:
                event = read_event(frame)
                # A wrong time far ahead would make the next connection skip what is between.
                self._reached = max(self._reached, min(event.time_us, _in_us(latest)))
                where = f"{self.name}: {event.did} at {event.time_us}"
                mention = self._mention(event, now)
            except InvalidRecord as error:
                rejections.append(Rejection.of(error, frame, where))
                continue
            if mention is not None:
                mentions.append(mention)
        return Batch(tuple(mentions), str(self._reached), tuple(rejections))

    def _mention(self, event: Event, now: datetime) -> Mention | None:
        mention = read_post(event, now) if event.what == "post" else None
        if mention is None:
            self.skipped["post without words" if event.what == "post" else event.what] += 1
        return mention


def _in_us(time: datetime) -> int:
    return int(time.timestamp() * 1e6)
