"""Algolia's search of Hacker News on loopback, with its filters, its pages and its limits."""

import json
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from listener.connectors.hackernews import HackerNewsSettings
from tests.sources.web import Asked, Reply, WebServer

Hit = dict[str, object]


def comment(number: str, text: str, created: int, **fields: object) -> Hit:
    return {
        "objectID": number,
        "comment_text": text,
        "created_at_i": created,
        "author": "pg",
        "_tags": ["comment", "author_pg"],
        **fields,
    }


@dataclass
class HackerNewsServer:
    """Gives the hits within the window asked for, newest first."""

    hits: Sequence[Hit] = ()
    windows: list[tuple[int, int]] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[HackerNewsSettings]:
        async with WebServer(self._answer, self.asked).running() as server:
            yield HackerNewsSettings(
                type="hackernews",
                url=server.url("/api/v1/search_by_date"),
                allow_http=True,
                allow_private=True,
            )

    def _answer(self, asked: Asked) -> Reply:
        bounds = re.fullmatch(
            r"created_at_i>(\d+),created_at_i<=(\d+)", asked.query["numericFilters"]
        )
        assert bounds
        start, until = int(bounds[1]), int(bounds[2])
        self.windows.append((start, until))
        found = [hit for hit in self.hits if start < _created(hit) <= until]
        newest_first = sorted(found, key=_created)[::-1]
        shown = newest_first[: min(int(asked.query["hitsPerPage"]), 1000)]
        return Reply(json.dumps({"hits": shown, "nbHits": len(found), "page": 0}).encode())


def _created(hit: Hit) -> int:
    created = hit["created_at_i"]
    assert isinstance(created, int)
    return created
