"""Hacker News, stories and comments, by Algolia's search: free and without an account.

The cursor is up to when everything has been brought, in Unix seconds. Each fetch asks for one
window of time, as one page: Algolia gives 1000 hits of a search at most, newest first, so a
window that holds more than a page is halved until it fits. As posts get into the index with some
delay, each window begins `OVERLAP` seconds before the cursor, unless there is so much to catch up
with that it wouldn't fit; what comes twice bears the same id.

Algolia's limit is 10,000 requests an hour from one address. Deleted posts are not among its hits:
what was there and is missing when its time is asked for again was deleted. So a deletion is seen
within `OVERLAP`, as long as this runs; of later ones nothing is told.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

import httpx

from detectors.records import Deletion, InvalidRecord, Mention, Rejection, loads, parse_mention
from detectors.records.codec import as_object, is_object, read_text, require_count, require_text
from detectors.records.times import from_epoch
from listener.connectors.checks import require_between, require_length, require_url
from listener.connectors.connector import Batch
from listener.connectors.html import text_of
from listener.connectors.http import Documents, SourceError

SOURCE: Final = "hackernews"
OVERLAP: Final = 600
_PORTION: Final = 500
_MAX_BYTES: Final = 10_000_000
_ITEM: Final = "https://news.ycombinator.com/item?id="


@dataclass(frozen=True, slots=True)
class HackerNewsSettings:
    """`query` as in Algolia's search box, by default everything. The first fetch goes back by
    `history`; it, `every` and `timeout` in seconds."""

    type: Literal["hackernews"]
    name: str = "hackernews"
    query: str = ""
    every: float = 60.0
    history: float = 86400.0
    timeout: float = 20.0
    url: str = "https://hn.algolia.com/api/v1/search_by_date"
    allow_http: bool = False
    allow_private: bool = False

    def __post_init__(self) -> None:
        require_url("url", self.url, allow_http=self.allow_http)
        require_between("every", self.every, 1, 86400)
        require_between("history", self.history, 0, 30 * 86400)
        require_between("timeout", self.timeout, 0.1, 120)
        require_length("query", self.query, 0, 500)


@dataclass(frozen=True, slots=True)
class _Page:
    hits: list[object]
    is_whole: bool


class HackerNewsConnector:
    """Brings what is new on Hacker News."""

    def __init__(self, settings: HackerNewsSettings) -> None:
        self.name = settings.name
        self._settings = settings
        self._url = httpx.URL(settings.url)
        self._brought: dict[str, float] = {}  # when what may be asked for again was published
        self._documents = Documents(
            max_body=_MAX_BYTES,
            allow_http=settings.allow_http,
            allow_private=settings.allow_private,
            timeout=settings.timeout,
        )

    async def fetch(self, cursor: str | None, now: datetime) -> Batch:
        """At most 500 hits. Raises `RetryLater`, `SourceError` or `sinks.net.OutboundError`."""
        end = int(now.timestamp())
        since = self._since(cursor, end)
        start, until = since - OVERLAP, end
        page = await self._page(start, until, now)
        while not page.is_whole and until - since > 1:
            start, until = since, until if start < since else since + (until - since) // 2
            page = await self._page(start, until, now)
        batch = self._batch(page.hits, until, end, now)
        return replace(batch, deletions=self._missing(batch, start, until) if page.is_whole else ())

    async def close(self) -> None:
        await self._documents.aclose()

    def _missing(self, batch: Batch, start: int, until: int) -> tuple[Deletion, ...]:
        """What had been brought of the time between `start` and `until` and is no longer there."""
        here = {mention.id: mention.published_at.timestamp() for mention in batch.mentions}
        refused = {rejection.where for rejection in batch.rejections}
        missing = [
            number
            for number, at in self._brought.items()
            if start < at <= until and number not in here and self._place(number) not in refused
        ]
        known = {**self._brought, **here}
        self._brought = {
            number: at
            for number, at in known.items()
            if at > until - OVERLAP and number not in missing
        }
        return tuple(Deletion(SOURCE, id=number) for number in missing)

    def _place(self, number: object) -> str:
        return f"{self.name}: {number}"

    def _since(self, cursor: str | None, end: int) -> int:
        if cursor is not None and cursor.isdecimal() and len(cursor) < 12:
            return min(int(cursor), end)
        return end - int(self._settings.history)

    async def _page(self, start: int, until: int, now: datetime) -> _Page:
        asked = {
            "query": self._settings.query,
            "tags": "(story,comment)",
            "numericFilters": f"created_at_i>{start},created_at_i<={until}",
            "hitsPerPage": str(_PORTION),
        }
        url = str(self._url.copy_merge_params(asked))
        answer = await self._documents.get(url, {"Accept": "application/json"}, now)
        return _read_page(answer.body, self._url.host)

    def _batch(self, hits: list[object], until: int, end: int, now: datetime) -> Batch:
        mentions: list[Mention] = []
        rejections: list[Rejection] = []
        for number, hit in enumerate(hits, start=1):
            try:
                mention = read_hit(hit, now)
            except InvalidRecord as error:
                place = hit.get("objectID") if is_object(hit) else None
                where = self._place(place or f"hit {number} up to {until}")
                rejections.append(Rejection.of(error, hit, where))
                continue
            if mention is not None:
                mentions.append(mention)
        mentions.reverse()  # oldest first, as they were written
        wait = self._settings.every if until == end else 0.0
        return Batch(tuple(mentions), str(until), tuple(rejections), wait=wait)


def _read_page(body: bytes, host: str) -> _Page:
    try:
        result = loads(body)
    except InvalidRecord:
        result = None
    hits = result.get("hits") if is_object(result) else None
    if not is_object(result) or not isinstance(hits, list):
        raise SourceError(f"{host} answered with something else than search results")
    total = result.get("nbHits")
    found = total if isinstance(total, int) else len(hits)
    return _Page(hits[:_PORTION], is_whole=max(found, len(hits)) <= _PORTION)


def read_hit(hit: object, now: datetime) -> Mention | None:
    """A hit as a mention, `None` if it has no words. Raises `InvalidRecord`."""
    record = as_object(hit, "hit")
    number = require_text(record, "objectID")
    text = _text(record)
    if not text:
        return None
    return parse_mention(
        {
            "id": number,
            "text": text,
            "published_at": min(from_epoch(_created(record)), now),
            "author": read_text(record, "author"),
            "url": f"{_ITEM}{number}",
            "is_reply": record.get("comment_text") is not None,
        },
        now=now,
        source=SOURCE,
        kind="forum",
    )


def _created(record: Mapping[str, object]) -> int:
    seconds = require_count(record, "created_at_i")
    if seconds > 10**11:
        raise InvalidRecord("bad_date", "created_at_i: expected Unix seconds")
    return seconds


def _text(record: Mapping[str, object]) -> str:
    """A comment's text, or a story's title (which is plain) and its text, if it has one."""
    comment = read_text(record, "comment_text")
    if comment is not None:
        return text_of(comment)
    title, story = read_text(record, "title") or "", read_text(record, "story_text") or ""
    return f"{title}\n{text_of(story)}".strip()
