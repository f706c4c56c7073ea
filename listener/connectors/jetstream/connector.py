"""The connector: a WebSocket that stays open between fetches.

After a disconnect on wire v1 it asks again from `REWIND_US` earlier; what comes twice bears the
same id. Jetstream keeps about 36 hours: what is older is not to be had. Edited posts are counted
in `skipped` and go no further, as Bluesky's own clients can't edit.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import structlog
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from detectors.records import Deletion, InvalidRecord, Mention, Rejection, loads
from detectors.records.codec import is_object
from detectors.records.mention import FUTURE_TOLERANCE
from listener.connectors.connector import Batch
from listener.connectors.jetstream.compression import Dictionary
from listener.connectors.jetstream.events import Event, read_deletion, read_post
from listener.connectors.jetstream.position import Position, parse_cursor
from listener.connectors.jetstream.reposts import Originals
from listener.connectors.jetstream.settings import JetstreamSettings
from listener.connectors.jetstream.wires import Notice, Parameters, make_wire
from listener.connectors.websocket import HandshakeRefused, open_websocket
from sinks.net import Resolve, check_url, resolve

MAX_FRAME: Final = 1024 * 1024
LONGEST_FETCH: Final = 1.0
_PORTION: Final = 500
_TOO_OLD: Final = "CursorTooOld"
_UNKNOWN: Final = "FutureCursor"
_MOVED_UP: Final = "OutdatedCursor"
_OTHER_DICTIONARY: Final = "UnknownZstdDictionary"
_MEND: Final = (
    "its zstd dictionary is another by now; save what it gives at "
    "/xrpc/network.bsky.jetstream.getZstdDictionary as zstd_dictionary"
)

log = structlog.get_logger()


@dataclass(slots=True)
class _Brought:
    mentions: list[Mention] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    deletions: list[Deletion] = field(default_factory=list)


class JetstreamConnector:
    """Brings Bluesky's posts as they are written."""

    def __init__(self, settings: JetstreamSettings, resolve: Resolve = resolve) -> None:
        """Raises `UsageError` where the dictionary can't be read."""
        self.name = settings.name
        self.skipped: Counter[str] = Counter()
        self._settings = settings
        self._resolve = resolve
        self._url = check_url(settings.address, allow_http=settings.allow_http, scheme="ws")
        self._host = self._url.netloc.decode("ascii")
        self._wire = make_wire(settings.wire, self._host)
        self._dictionary = (
            Dictionary(settings.zstd_dictionary, MAX_FRAME) if settings.zstd_dictionary else None
        )
        self._originals = Originals()
        self._connection: ClientConnection | None = None
        self._began: int | None = None
        self._reached = Position(0)

    async def fetch(self, cursor: str | None, now: datetime) -> Batch:
        """What came within a second, at most 500 frames.

        Raises `RetryLater`, `UsageError` where the cursor is none of this wire, ConnectionError,
        or `sinks.net.OutboundError`.
        """
        position = self._position(cursor, now)
        try:
            connection = await self._connect(position)
        except HandshakeRefused as error:
            name = _name_of(error.body)
            if name == _TOO_OLD and position.seq is not None:
                return await self._by_time(position, _TOO_OLD)
            if name == _OTHER_DICTIONARY:
                raise ConnectionError(f"{error}: {_MEND}") from None
            raise
        frames = await self._receive(connection)
        return await self._batch(frames, now)

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    def _position(self, cursor: str | None, now: datetime) -> Position:
        known = parse_cursor(cursor or "", self._settings.wire, self._host)
        if known is not None:
            return known
        if self._began is None:  # a failed first attempt loses nothing
            self._began = _in_us(now)
        return Position(self._began)

    async def _connect(self, position: Position) -> ClientConnection:
        if self._connection is not None and position == self._reached:
            return self._connection
        await self.close()
        asked = self._wire.parameters(self._settings, position)
        self._connection = await open_websocket(
            self._url.copy_merge_params(asked | self._limits()),
            max_frame=MAX_FRAME,
            allow_private=self._settings.allow_private,
            # Only where asked for: three thousand small frames a second don't wait for inflate.
            compression="deflate" if self._settings.compress and not self._dictionary else None,
            subprotocols=self._wire.subprotocols,
            resolve=self._resolve,
        )
        self._reached = position
        return self._connection

    def _limits(self) -> Parameters:
        limits: Parameters = {"maxMessageSizeBytes": str(MAX_FRAME)}
        if self._dictionary is None:
            return limits
        if self._settings.wire == "v1":
            return limits | {"compress": "true"}
        return limits | {"zstdDictionary": str(self._dictionary.id)}

    async def _by_time(self, position: Position, notice: str) -> Batch:
        """Go on where the server can't by number: from the time, rewound a little."""
        await self.close()
        log.warning("sequence number not known, going on by time", connector=self.name, said=notice)
        return Batch((), position.by_time().cursor())

    async def _receive(self, connection: ClientConnection) -> list[bytes]:
        """What had come before a disconnect is kept; the next call raises."""
        frames: list[bytes] = []
        try:
            async with asyncio.timeout(LONGEST_FETCH):
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

    async def _batch(self, frames: list[bytes], now: datetime) -> Batch:
        brought = _Brought()
        before, latest = self._reached.cursor(), _in_us(now + FUTURE_TOLERANCE)
        for number, frame in enumerate(frames, start=1):
            where = f"{self.name}: frame {number} after {before}"
            plain = frame
            try:
                plain = self._dictionary.unpack(frame) if self._dictionary else frame
                event = self._wire.read(plain)
                if isinstance(event, Notice):
                    if event.name == _UNKNOWN and self._reached.seq is not None:
                        return await self._by_time(self._reached, _UNKNOWN)
                    self._note(event)
                    continue
                self._reached = self._wire.after(self._reached, event, latest)
                where = f"{self.name}: {event.did} at {event.seq or event.time_us}"
                self._take(event, brought, now)
            except InvalidRecord as error:
                brought.rejections.append(Rejection.of(error, plain, where))
        return Batch(
            tuple(brought.mentions),
            self._reached.cursor(),
            tuple(brought.rejections),
            deletions=tuple(brought.deletions),
        )

    def _take(self, event: Event, brought: _Brought, now: datetime) -> None:
        mention: Mention | None = None
        if event.what == "post":
            mention = read_post(event, now)
            if mention is not None and self._settings.reposts:
                self._originals.remember(mention)
        elif event.what == "repost":
            mention = self._originals.read_repost(event, now)
        elif (deletion := read_deletion(event)) is not None:
            self._originals.forget(deletion)
            brought.deletions.append(deletion)
            return
        if mention is not None:
            brought.mentions.append(mention)
        else:
            wordless = {"post": "post without words", "repost": "repost of an unknown post"}
            self.skipped[wordless.get(event.what, event.what)] += 1

    def _note(self, notice: Notice) -> None:
        if notice.name == _MOVED_UP:
            log.warning("some posts are too old to be had any more", connector=self.name)
        else:
            self.skipped["notice"] += 1


def _name_of(body: bytes) -> object:
    """The name of an error in the answer to a handshake."""
    try:
        told = loads(body)
    except InvalidRecord:
        return None
    return told.get("error") if is_object(told) else None


def _in_us(time: datetime) -> int:
    return int(time.timestamp() * 1e6)
