"""An instance of Mastodon on loopback: its timelines over REST and its streams of events."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from listener.connectors.mastodon import MastodonSettings
from listener.connectors.mastodon.statuses import id_at
from sinks.secret import Secret

TOKEN: Final = "a-token-for-tests"

Status = dict[str, object]


def status(number: int, text: object, at: datetime, **fields: object) -> Status:
    """The `number`th status, written at that time by one of the instance's own people."""
    there = id_at(at) + number
    return {
        "id": str(there),
        "created_at": at.isoformat(),
        "in_reply_to_id": None,
        "spoiler_text": "",
        "visibility": "public",
        "language": "nl",
        "uri": f"https://mastodon.example/users/anna/statuses/{there}",
        "url": f"https://mastodon.example/@anna/{there}",
        "edited_at": None,
        "content": f"<p>{text}</p>",
        "reblog": None,
        "account": {"id": "1", "acct": "anna", "followers_count": 12},
        **fields,
    }


def sent(event: str, data: object) -> bytes:
    """As the stream puts it; the data is JSON, or a bare id where it is text."""
    told = data if isinstance(data, str) else json.dumps(data)
    return f"event: {event}\ndata: {told}\n\n".encode()


@dataclass
class MastodonServer:
    """Each connection to a stream is sent the next of `streams`; then it stays open in silence,
    or is hung up if `hangs_up`. A path in `failing` answers as that says, once each."""

    statuses: Sequence[Status] = ()
    streams: list[Sequence[bytes]] = field(default_factory=list)
    hangs_up: bool = False
    failing: dict[str, list[web.Response]] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    knows_v2: bool = True
    streaming: str | None = None
    asked: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def settings(self) -> MastodonSettings:
        return self.having()

    def having(self, **changes: object) -> MastodonSettings:
        told: dict[str, object] = {
            "url": f"http://127.0.0.1:{self.port}",
            "token": TOKEN,
            "allow_http": True,
            "allow_private": True,
            **changes,
        }
        told["token"] = Secret.of(told["token"])
        return MastodonSettings(type="mastodon", **told)  # type: ignore[arg-type]  # as the test says

    @asynccontextmanager
    async def running(self) -> AsyncIterator["MastodonServer"]:
        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            self.asked.append(request.path_qs)
            if request.headers.get("Authorization") != f"Bearer {TOKEN}":
                return web.json_response({"error": "The access token is invalid"}, status=401)
            if self.failing.get(request.path):
                return self.failing[request.path].pop(0)
            return await handler(request)

        application = web.Application(middlewares=[guard])
        application.router.add_get("/api/{version}/instance", self._instance)
        application.router.add_get("/api/v1/timelines/{timeline:.*}", self._timeline)
        application.router.add_get("/api/v1/streaming/{stream:.*}", self._stream)
        runner = web.AppRunner(application, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self.port)
        await site.start()
        self.port = runner.addresses[0][1]
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _instance(self, request: web.Request) -> web.Response:
        streaming = self.streaming or f"ws://127.0.0.1:{self.port}"
        if request.match_info["version"] == "v1":
            told = {"uri": "mastodon.example", "urls": {"streaming_api": streaming}}
            return web.json_response(told)
        if not self.knows_v2:
            return web.json_response({"error": "not found"}, status=404)
        urls = {"streaming": streaming, "status": None}
        return web.json_response({"domain": "mastodon.example", "configuration": {"urls": urls}})

    async def _timeline(self, request: web.Request) -> web.Response:
        """What follows `min_id`, at most `limit`; newest first, as always."""
        behind, limit = int(request.query["min_id"]), int(request.query["limit"])
        following = [told for told in self.statuses if int(str(told["id"])) > behind]
        oldest = sorted(following, key=lambda told: int(str(told["id"])))[: min(limit, 40)]
        return web.json_response(oldest[::-1], headers=self.headers)

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        with suppress(ConnectionError):
            await response.write(b":)\n")
            for data in self.streams.pop(0) if self.streams else ():
                await response.write(data)
            if not self.hangs_up:
                await asyncio.sleep(3600)
        return response
