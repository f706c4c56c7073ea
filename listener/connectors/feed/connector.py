"""The connector: asks for the document again and again, and brings the items that are new.

A document that hasn't changed isn't sent again, if the server knows how (ETag, Last-Modified).
Of a document the first `MAX_SEEN` items are looked at, which in practice are the newest. What
lacks a date counts as published when it was first seen: the first fetch of such a feed brings
everything in it as said now. A document that is no feed is a rejection, once until it changes.

feedparser takes about ten seconds of one core for a hostile megabyte, one or two for an ordinary
one; hence the thread, and the cap on a document.
"""

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

import httpx

from detectors.records import InvalidRecord, Kind, Mention, Rejection
from listener.connectors.checks import require_between, require_url
from listener.connectors.connector import Batch
from listener.connectors.feed.item import Item, NotAFeed
from listener.connectors.feed.jsonfeed import items_of_json
from listener.connectors.feed.position import MAX_SEEN, Position
from listener.connectors.feed.xml import items_of_xml
from listener.connectors.http import Documents
from sinks.net import Answer

_PORTION: Final = 1000
_ACCEPT: Final = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/json;q=0.9, "
    "application/xml;q=0.8, */*;q=0.5"
)


@dataclass(frozen=True, slots=True)
class FeedSettings:
    """`every` and `timeout` in seconds, `max_bytes` for a document. `source` is what its mentions
    are said to come from, by default the host of the URL."""

    type: Literal["feed"]
    url: str
    name: str = "feed"
    source: str = ""
    kind: Kind = "news"
    every: float = 300.0
    timeout: float = 20.0
    max_bytes: int = 2_000_000
    allow_http: bool = False
    allow_private: bool = False

    def __post_init__(self) -> None:
        require_url("url", self.url, allow_http=self.allow_http)
        require_between("every", self.every, 1, 86400)
        require_between("timeout", self.timeout, 0.1, 120)
        require_between("max_bytes", self.max_bytes, 1000, 50_000_000, "bytes")


class FeedConnector:
    """Brings the items of one feed."""

    def __init__(self, settings: FeedSettings) -> None:
        self.name = settings.name
        self._settings = settings
        self._source = settings.source or httpx.URL(settings.url).host.removeprefix("www.")
        self._documents = Documents(
            max_body=settings.max_bytes,
            allow_http=settings.allow_http,
            allow_private=settings.allow_private,
            timeout=settings.timeout,
        )

    async def fetch(self, cursor: str | None, now: datetime) -> Batch:
        """At most 1000 items. Raises `RetryLater`, `SourceError` or `sinks.net.OutboundError`."""
        settings = self._settings
        position = Position.parse(cursor, settings.url)
        headers = {"Accept": _ACCEPT, **position.conditions()}
        answer = await self._documents.get(settings.url, headers, now)
        if answer.status == 304:
            return Batch((), position.cursor(settings.url), wait=settings.every)
        try:
            items = await asyncio.to_thread(_items, answer, settings.url)
        except NotAFeed as error:
            return self._refused(answer, str(error), position)
        return self._batch(items, answer, position, now)

    async def close(self) -> None:
        await self._documents.aclose()

    def _batch(self, items: list[Item], answer: Answer, position: Position, now: datetime) -> Batch:
        settings = self._settings
        present: dict[str, Item] = {}
        for item in items[:MAX_SEEN]:
            present.setdefault(item.mark, item)
        known = set(position.seen)
        new = [item for mark, item in present.items() if mark not in known]
        mentions: list[Mention] = []
        rejections: list[Rejection] = []
        for item in new[:_PORTION]:
            try:
                mentions.append(item.mention(now=now, source=self._source, kind=settings.kind))
            except InvalidRecord as error:
                where = f"{self.name}: {item.id}"
                rejections.append(Rejection.of(error, item.title or item.id, where))
        left = {item.mark for item in new[_PORTION:]}
        reached = position.after(mark for mark in present if mark not in left)
        if not left:
            reached = reached.complete(answer.headers)
        return Batch(
            tuple(mentions),
            reached.cursor(settings.url),
            tuple(rejections),
            wait=0.0 if left else settings.every,
        )

    def _refused(self, answer: Answer, reason: str, position: Position) -> Batch:
        mark = hashlib.blake2b(answer.body, digest_size=6).hexdigest()
        new = mark not in position.seen
        shown = answer.body[:1000].decode("utf-8", "replace")
        rejection = Rejection("not_a_feed", reason, shown, self.name)
        return Batch(
            (),
            position.after([mark]).cursor(self._settings.url),
            (rejection,) if new else (),
            wait=self._settings.every,
        )


def _items(answer: Answer, url: str) -> list[Item]:
    if answer.body.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"{", b"[")):
        return items_of_json(answer.body, url)
    return items_of_xml(answer.body, url, answer.headers.get("Content-Type", ""))
