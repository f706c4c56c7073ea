"""A Jetstream on loopback: what it holds, it sends from the cursor on that a client gives."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection, serve

from listener.connectors.jetstream import JetstreamSettings

Frame = tuple[int, bytes]
"""When it is emitted, in Unix microseconds, and what is sent."""


def event(time_us: int, **fields: object) -> Frame:
    told = {"did": "did:plc:tester", "time_us": time_us, **fields}
    return time_us, json.dumps(told).encode()


def post(time_us: int, text: object, created_at: str, rkey: str, **record: object) -> Frame:
    commit = {
        "rev": f"rev{rkey}",
        "operation": "create",
        "collection": "app.bsky.feed.post",
        "rkey": rkey,
        "cid": f"cid{rkey}",
        "record": {
            "$type": "app.bsky.feed.post",
            "text": text,
            "createdAt": created_at,
            **record,
        },
    }
    return event(time_us, kind="commit", commit=commit)


@dataclass
class JetstreamServer:
    """After `breaks_after` frames it hangs up, each time anew; else it stays open in silence."""

    frames: Sequence[Frame] = ()
    breaks_after: int | None = None
    cursors: list[int] = field(default_factory=list)
    queries: list[dict[str, list[str]]] = field(default_factory=list)
    port: int = 0

    @property
    def settings(self) -> JetstreamSettings:
        return JetstreamSettings(
            type="jetstream",
            url=f"ws://127.0.0.1:{self.port}/subscribe",
            allow_http=True,
            allow_private=True,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator["JetstreamServer"]:
        async with serve(self._talk, "127.0.0.1", self.port, close_timeout=1) as server:
            self.port = next(iter(server.sockets)).getsockname()[1]
            yield self

    async def _talk(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        query = parse_qs(urlsplit(connection.request.path).query)
        cursor = int(query["cursor"][0])
        self.queries.append(query)
        self.cursors.append(cursor)
        wanted = [frame for time_us, frame in self.frames if time_us >= cursor]
        for frame in wanted[: self.breaks_after]:
            await connection.send(frame, text=True)
        if self.breaks_after is None:
            await connection.wait_closed()
