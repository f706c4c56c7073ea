"""YouTube's comment threads on loopback."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from listener.connectors.youtube import YouTubeSettings
from sinks.secret import Secret
from tests.sources.web import Asked, Reply, WebServer

Thread = dict[str, object]


def comment(number: str, at: datetime, text: str) -> dict[str, object]:
    return {
        "kind": "youtube#comment",
        "id": number,
        "snippet": {
            "videoId": "v1",
            "textOriginal": text,
            "textDisplay": text,
            "authorDisplayName": "@joke",
            "publishedAt": at.isoformat(),
            "likeCount": 3,
        },
    }


def thread(number: str, at: datetime, text: str, *replies: dict[str, object]) -> Thread:
    found: Thread = {"id": number, "snippet": {"topLevelComment": comment(number, at, text)}}
    return found | ({"replies": {"comments": list(replies)}} if replies else {})


@dataclass
class YouTubeServer:
    """Lists the threads in the order in which they stand: newest first."""

    threads: Sequence[Thread] = ()
    asked: list[Asked] = field(default_factory=list)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[YouTubeSettings]:
        async with WebServer(self._answer, self.asked).running() as server:
            yield YouTubeSettings(
                type="youtube",
                key=Secret("key-of-a-test"),
                channel="UC123",
                url=server.url("/youtube/v3/commentThreads"),
                allow_http=True,
                allow_private=True,
            )

    def _answer(self, asked: Asked) -> Reply:
        assert asked.headers["x-goog-api-key"] == "key-of-a-test"
        begin, size = int(asked.query.get("pageToken", 0)), int(asked.query["maxResults"])
        page: dict[str, object] = {"items": list(self.threads[begin : begin + size])}
        if begin + size < len(self.threads):
            page["nextPageToken"] = str(begin + size)
        return Reply(json.dumps(page).encode())
