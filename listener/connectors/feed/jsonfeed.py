"""JSON Feed, versions 1 and 1.1 (jsonfeed.org)."""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urljoin

from detectors.records import InvalidRecord, loads
from detectors.records.codec import is_object
from detectors.records.times import parse_time
from listener.connectors.feed.item import Item, NotAFeed
from listener.connectors.html import text_of


def items_of_json(body: bytes, url: str) -> list[Item]:
    """In the document's order, without what is no object; raises `NotAFeed`."""
    try:
        feed = loads(body.removeprefix(b"\xef\xbb\xbf"))
    except InvalidRecord:
        raise NotAFeed("begins like JSON and is none") from None
    if not is_object(feed) or "://jsonfeed.org/version/" not in str(feed.get("version")):
        raise NotAFeed("JSON, but no JSON Feed")
    items = feed.get("items")
    if not isinstance(items, list):
        raise NotAFeed("a JSON Feed without items")
    return [_item(item, feed, url) for item in items if is_object(item)]


def _item(item: Mapping[str, object], feed: Mapping[str, object], url: str) -> Item:
    return Item(
        guid=_text(item, "id"),
        title=_text(item, "title") or "",
        body=_body(item),
        link=_link(item, url),
        author=_author(item) or _author(feed),
        published_at=_date(item, "date_published") or _date(item, "date_modified"),
        language=_text(item, "language") or _text(feed, "language"),
    )


def _body(item: Mapping[str, object]) -> str:
    markup = _text(item, "content_html")
    return _text(item, "content_text") or (
        text_of(markup) if markup else _text(item, "summary") or ""
    )


def _link(item: Mapping[str, object], url: str) -> str | None:
    link = _text(item, "url") or _text(item, "external_url")
    try:
        return urljoin(url, link) if link else None
    except ValueError:
        return None


def _author(record: Mapping[str, object]) -> str | None:
    """1.1 has a list of authors, 1 had a single one."""
    authors = record.get("authors")
    first = authors[0] if isinstance(authors, list) and authors else record.get("author")
    return _text(first, "name") if is_object(first) else None


def _date(item: Mapping[str, object], field: str) -> datetime | None:
    try:
        return parse_time(item.get(field))
    except ValueError:
        return None


def _text(record: Mapping[str, object], field: str) -> str | None:
    """Ids were numbers in some feeds of version 1."""
    value = record.get(field)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return value.strip() or None if isinstance(value, str) else None
