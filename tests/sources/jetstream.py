"""A Jetstream on loopback: what it holds, it sends from the cursor on that a client gives."""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response
from zstandard import ZstdCompressionDict, ZstdCompressor

from listener.connectors.jetstream import JetstreamSettings
from listener.connectors.jetstream.settings import WireName

Frame = tuple[int, bytes]
"""When it is emitted, in Unix microseconds, and what is sent."""

NSID = "network.bsky.jetstream.subscribeEvents"
_PATHS: dict[WireName, str] = {"v1": "/subscribe", "v2": f"/xrpc/{NSID}"}
_FIRST_TIME_US = 10**15


def event(time_us: int, **fields: object) -> Frame:
    told = {"did": "did:plc:tester", "time_us": time_us, **fields}
    return time_us, json.dumps(told).encode()


def commit(time_us: int, operation: str, collection: str, rkey: str, **fields: object) -> Frame:
    told = {"rev": f"rev{rkey}", "operation": operation, "collection": collection, "rkey": rkey}
    return event(time_us, kind="commit", commit={**told, **fields})


def post(time_us: int, text: object, created_at: str, rkey: str, **fields: object) -> Frame:
    record = {"$type": "app.bsky.feed.post", "text": text, "createdAt": created_at, **fields}
    return commit(time_us, "create", "app.bsky.feed.post", rkey, cid=f"cid{rkey}", record=record)


def repost(time_us: int, of: str, created_at: str, rkey: str) -> Frame:
    record = {
        "$type": "app.bsky.feed.repost",
        "createdAt": created_at,
        "subject": {"uri": f"at://did:plc:tester/app.bsky.feed.post/{of}", "cid": f"cid{of}"},
    }
    return commit(time_us, "create", "app.bsky.feed.repost", rkey, record=record)


def deletion(time_us: int, collection: str, rkey: str) -> Frame:
    return commit(time_us, "delete", collection, rkey)


def account(time_us: int, *, active: bool, status: str | None = None) -> Frame:
    told = {"active": active, "did": "did:plc:tester", "seq": 7, "status": status}
    return event(time_us, kind="account", account=told)


def enveloped(seq: int, frame: Frame) -> bytes:
    """An event of wire v1 as v2 puts it; what is no event stays as it is."""
    time_us, data = frame
    try:
        told = json.loads(data)
        kind = told.pop("kind")
        commit = told.pop("commit", {})
    except (ValueError, TypeError, KeyError):
        return data
    told.pop("time_us")
    time = datetime.fromtimestamp(time_us // 10**6, UTC).replace(microsecond=time_us % 10**6)
    payload = {"$type": f"{NSID}#{kind}", "seq": seq, "time": time.isoformat(), **told, **commit}
    return json.dumps({"$type": "message", "payload": payload}).encode()


def notice(name: str) -> bytes:
    payload = {"$type": f"{NSID}#info", "name": name, "message": "said of the stream"}
    return json.dumps({"$type": "message", "payload": payload}).encode()


@dataclass
class JetstreamServer:
    """After `breaks_after` frames it hangs up, each time anew; else it stays open in silence.

    On wire v2 the frames are numbered from 1, and a number below `floor` is too old. With a
    `dictionary` the frames are compressed by it.
    """

    frames: Sequence[Frame] = ()
    breaks_after: int | None = None
    wire: WireName = "v1"
    floor: int = 0
    dictionary: bytes | None = None
    cursors: list[int] = field(default_factory=list)
    queries: list[dict[str, list[str]]] = field(default_factory=list)
    extensions: list[str | None] = field(default_factory=list)
    port: int = 0

    @property
    def settings(self) -> JetstreamSettings:
        return JetstreamSettings(
            type="jetstream",
            wire=self.wire,
            url=f"ws://127.0.0.1:{self.port}{_PATHS[self.wire]}",
            allow_http=True,
            allow_private=True,
        )

    def having(self, **changes: object) -> JetstreamSettings:
        return replace(self.settings, **changes)  # type: ignore[arg-type]  # as the test says

    @asynccontextmanager
    async def running(self) -> AsyncIterator["JetstreamServer"]:
        async with serve(
            self._talk,
            "127.0.0.1",
            self.port,
            close_timeout=1,
            process_request=self._refused,
            subprotocols=["xrpc.v1.json"] if self.wire == "v2" else None,  # type: ignore[list-item]  # a NewType of str
        ) as server:
            self.port = next(iter(server.sockets)).getsockname()[1]
            yield self

    def _refused(self, connection: ServerConnection, request: Request) -> Response | None:
        """Where this is wire v2, and the cursor too old or the dictionary another."""
        query = parse_qs(urlsplit(request.path).query)
        cursor = int(query["cursor"][0])
        name = ""
        if cursor < min(self.floor, _FIRST_TIME_US):
            name = "CursorTooOld"
        elif "zstdDictionary" in query and self.dictionary is None:
            name = "UnknownZstdDictionary"
        if self.wire == "v1" or not name:
            return None
        told = json.dumps({"error": name, "message": "said in words"})
        return connection.respond(HTTPStatus.BAD_REQUEST, told)

    async def _talk(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        query = parse_qs(urlsplit(connection.request.path).query)
        cursor = int(query["cursor"][0])
        self.queries.append(query)
        self.cursors.append(cursor)
        self.extensions.append(connection.request.headers.get("Sec-WebSocket-Extensions"))
        for frame in list(self._from(cursor))[: self.breaks_after]:
            packed = self._packed(frame)
            await connection.send(packed, text=packed is frame)
        if self.breaks_after is None:
            await connection.wait_closed()

    def _from(self, cursor: int) -> Iterator[bytes]:
        if self.wire == "v2" and len(self.frames) + 1 < cursor < _FIRST_TIME_US:
            yield notice("FutureCursor")
            return
        if self.wire == "v2" and cursor >= _FIRST_TIME_US and self.floor:
            yield notice("OutdatedCursor")
        for seq, frame in enumerate(self.frames, start=1):
            if seq >= self.floor and (frame[0] if cursor >= _FIRST_TIME_US else seq) >= cursor:
                yield frame[1] if self.wire == "v1" else enveloped(seq, frame)

    def _packed(self, frame: bytes) -> bytes:
        if self.dictionary is None:
            return frame
        return ZstdCompressor(dict_data=ZstdCompressionDict(self.dictionary)).compress(frame)
