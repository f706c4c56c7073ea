"""Whatever a source sends: a mention, a refusal with a code, never another error."""

import contextlib
import json
from datetime import UTC, datetime
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.records import InvalidRecord
from listener.connectors.feed.item import Item, NotAFeed
from listener.connectors.feed.jsonfeed import items_of_json
from listener.connectors.feed.position import Position
from listener.connectors.feed.xml import items_of_xml
from listener.connectors.hackernews import read_hit
from listener.connectors.html import text_of
from listener.connectors.jetstream.events import Event, read_deletion, read_post
from listener.connectors.jetstream.position import parse_cursor
from listener.connectors.jetstream.reposts import Originals
from listener.connectors.jetstream.settings import WireName
from listener.connectors.jetstream.wires import V1, V2, Wire
from listener.connectors.mastodon.statuses import Statuses
from listener.errors import UsageError
from tests.sources.hackernews import comment
from tests.sources.mastodon import status

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
NOW_US = int(NOW.timestamp()) * 10**6
URL = "https://news.example/feed"

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
MARKUP = st.lists(
    st.sampled_from(
        [
            "<rss version='2.0'>", "<feed xmlns='http://www.w3.org/2005/Atom'>", "<channel>",
            "<item>", "</item>", "<entry>", "</entry>", "<title>", "</title>", "<link>",
            "<link href='http://['/>", "<guid>", "<pubDate>99 Foo 0 25:61", "</pubDate>",
            "<updated>9999-99-99", "<content type='html' mode='base64'>", "</content>", "&#xD800;",
            "<title type='xhtml'>", "<![CDATA[", "]]>", "<!--", "-->", "<!DOCTYPE x [", "]>",
            "<!ENTITY a 'b'>", "&a;", "&amp;", "<?xml encoding='utf-16'?>", "xml:base='http://['",
            "<author><name>", "<georss:point>1", "<itunes:image href='x'/>", "\x00", "é", " ", "\n",
        ]
    ),
    max_size=25,
)  # fmt: skip


def taken(items: list[Item]) -> None:
    for item in items:
        assert item.mark
        with contextlib.suppress(InvalidRecord):
            item.mention(now=NOW, source="news.example", kind="news")


@settings(max_examples=300)
@given(MARKUP)
def test_a_document_of_pieces_of_feeds(pieces: list[str]) -> None:
    with contextlib.suppress(NotAFeed):
        taken(items_of_xml("".join(pieces).encode(), URL, "text/xml"))


@given(st.binary(max_size=200))
def test_a_document_of_any_bytes(body: bytes) -> None:
    with contextlib.suppress(NotAFeed):
        taken(items_of_xml(body, URL, "application/rss+xml; charset=utf-8"))
    with contextlib.suppress(NotAFeed):
        taken(items_of_json(body, URL))


@given(st.dictionaries(st.sampled_from(
    ["id", "url", "external_url", "title", "content_html", "content_text", "summary", "authors",
     "author", "date_published", "date_modified", "language"]
), JSON))  # fmt: skip
def test_a_json_feed_with_anything_in_its_fields(item: dict[str, object]) -> None:
    feed = {"version": "https://jsonfeed.org/version/1.1", "items": [item, 7]}
    taken(items_of_json(json.dumps(feed).encode(), URL))


@given(st.dictionaries(st.sampled_from(["text", "createdAt", "langs", "reply", "subject"]), JSON))
def test_a_post_or_a_repost_with_anything_in_its_fields(record: dict[str, object]) -> None:
    event = Event("did:plc:a", NOW_US, "post", {"rkey": "1", "record": record})
    with contextlib.suppress(InvalidRecord):
        read_post(event, NOW)
    with contextlib.suppress(InvalidRecord):
        Originals().read_repost(event, NOW)


FRAME: Final = st.dictionaries(
    st.sampled_from(["did", "time_us", "seq", "time", "witnessedAt", "kind", "$type", "commit",
                     "operation", "collection", "rkey", "account", "active", "status", "name"]),
    JSON | st.sampled_from(["commit", "account", "#commit", "#account", "#info", "delete",
                            "app.bsky.feed.post", NOW_US, "2026-11-22T13:59:00Z", "deleted"]),
)  # fmt: skip


@given(FRAME, st.sampled_from([V1(), V2("a.example")]), st.booleans())
def test_a_frame_with_anything_in_its_fields(
    fields: dict[str, object], wire: Wire, is_payload: bool
) -> None:
    told = {"$type": "message", "payload": fields} if is_payload else fields
    with contextlib.suppress(InvalidRecord):
        event = wire.read(json.dumps(told).encode())
        if isinstance(event, Event):
            read_deletion(event)


@given(st.text() | JSON.map(json.dumps), st.sampled_from(["v1", "v2"]))
def test_any_cursor_of_jetstream(cursor: str, wire: WireName) -> None:
    with contextlib.suppress(UsageError):
        position = parse_cursor(cursor, wire, "a.example")
        assert position is None or parse_cursor(position.cursor(), wire, "a.example") == position


@given(st.dictionaries(st.sampled_from(
    ["id", "uri", "url", "content", "spoiler_text", "created_at", "account", "acct", "reblog",
     "followers_count", "language"]
), JSON))  # fmt: skip
def test_a_status_with_anything_in_its_fields(fields: dict[str, object]) -> None:
    for told in (fields, {"reblog": fields}, {"account": fields}):
        with contextlib.suppress(InvalidRecord):
            Statuses("a.example").read({**status(1, "x", NOW), **told}, "a.example", NOW)


@given(st.dictionaries(st.sampled_from(
    ["objectID", "title", "story_text", "comment_text", "created_at_i", "author"]
), JSON))  # fmt: skip
def test_a_hit_with_anything_in_its_fields(fields: dict[str, object]) -> None:
    with contextlib.suppress(InvalidRecord):
        read_hit({**comment("1", "x", NOW_US // 10**6), **fields}, NOW)


@given(st.text() | MARKUP.map("".join))
def test_any_text_as_html(markup: str) -> None:
    assert len(text_of(markup)) <= len(markup) * 2


@given(st.text() | JSON.map(json.dumps))
def test_any_cursor_of_a_feed(cursor: str) -> None:
    Position.parse(cursor, URL).cursor(URL)
