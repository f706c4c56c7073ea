"""X's recent search on loopback, with its pages, its `since_id` and its refusals."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from listener.connectors.x import XSettings
from sinks.secret import Secret
from tests.sources.web import Asked, Reply, WebServer

EPOCH_MS = 1288834974657


def post_id(at: datetime, number: int = 0) -> int:
    """The id of the `number`th post of that millisecond."""
    return (int(at.timestamp() * 1000) - EPOCH_MS << 22) + number


def post(at: datetime, text: str, number: int = 0, **fields: object) -> dict[str, object]:
    return {
        "id": str(post_id(at, number)),
        "text": text,
        "created_at": at.isoformat(),
        "author_id": "2244994945",
        "lang": "nl",
        **fields,
    }


@dataclass
class XServer:
    """Lists the posts newest first."""

    posts: Sequence[dict[str, object]] = ()
    asked: list[Asked] = field(default_factory=list)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[XSettings]:
        async with WebServer(self._answer, self.asked).running() as server:
            yield XSettings(
                type="x",
                token=Secret("key-of-a-test"),
                query="Zilvernet",
                posts_per_month=100_000,
                history=604_200,
                url=server.url("/2/tweets/search/recent"),
                allow_http=True,
                allow_private=True,
            )

    def _answer(self, asked: Asked) -> Reply:
        if asked.headers.get("authorization") != "Bearer key-of-a-test":
            return Reply(b'{"title": "Unauthorized", "detail": "Unauthorized"}', 401)
        since = int(asked.query.get("since_id", 0))
        start = asked.query.get("start_time", "")
        newer = [
            one
            for one in self.posts
            if int(str(one["id"])) > since and str(one["created_at"]) >= start[:19]
        ]
        found = sorted(newer, key=lambda one: int(str(one["id"])), reverse=True)
        begin, size = int(asked.query.get("next_token", 0)), int(asked.query["max_results"])
        meta: dict[str, object] = {"result_count": len(found[begin : begin + size])}
        if begin + size < len(found):
            meta["next_token"] = str(begin + size)
        users = [{"id": "2244994945", "username": "joke"}]
        return Reply(
            json.dumps(
                {"data": found[begin : begin + size], "includes": {"users": users}, "meta": meta}
            ).encode()
        )
