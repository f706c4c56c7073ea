"""RSS and Atom in all their versions, well-formed or not, read by feedparser.

It is given a stream of bytes and nothing else: a string or bytes that happen to be a path or a
URL, it would open.
"""

import calendar
import time
from collections.abc import Mapping
from datetime import datetime
from io import BytesIO
from typing import Final

import feedparser

from detectors.records.codec import is_object
from detectors.records.times import from_epoch
from listener.connectors.feed.item import Item, NotAFeed
from listener.connectors.html import text_of

_DATES: Final = ("published_parsed", "created_parsed", "updated_parsed")


def items_of_xml(body: bytes, url: str, content_type: str) -> list[Item]:
    """In the document's order; raises `NotAFeed`."""
    try:
        feed = feedparser.parse(
            BytesIO(body),
            response_headers={"content-location": url, "content-type": content_type},
            resolve_relative_uris=False,  # of links in texts, which are stripped
            sanitize_html=False,  # the same
        )
    except Exception:  # noqa: BLE001 - whatever a hostile document makes it stumble over
        raise NotAFeed("feedparser can't read it") from None
    if not feed.get("version") and not feed.entries:
        raise NotAFeed("neither RSS nor Atom nor JSON Feed")
    language = _text(feed.feed, "language")
    # As plain dictionaries: feedparser's own would give one date for another, with a warning.
    return [_item(dict(entry), language) for entry in feed.entries]


def _item(entry: Mapping[str, object], language: str | None) -> Item:
    title = entry.get("title_detail")
    contents = entry.get("content")
    body = contents[0] if isinstance(contents, list) and contents else entry.get("summary_detail")
    return Item(
        guid=_text(entry, "id"),
        title=_plain(title),
        body=_plain(body),
        link=_text(entry, "link"),
        author=_text(entry, "author"),
        published_at=_published_at(entry),
        language=_language(body) or _language(title) or language,
    )


def _plain(detail: object) -> str:
    if not is_object(detail):
        return ""
    value = _text(detail, "value") or ""
    return value.strip() if detail.get("type") == "text/plain" else text_of(value)


def _language(detail: object) -> str | None:
    return _text(detail, "language") if is_object(detail) else None


def _text(mapping: Mapping[str, object], key: str) -> str | None:
    value = mapping.get(key)
    return value if isinstance(value, str) and value.strip() else None


def _published_at(entry: Mapping[str, object]) -> datetime | None:
    for name in _DATES:
        value = entry.get(name)
        if isinstance(value, time.struct_time):
            try:
                return from_epoch(calendar.timegm(value))
            except (ValueError, OverflowError):
                continue
    return None
