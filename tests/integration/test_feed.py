"""The feed connector against a real web server on loopback."""

import gzip
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from listener.connectors import Batch, RetryLater
from listener.connectors.feed import FeedConnector, FeedSettings
from listener.connectors.http import SourceError
from sinks.net import OutboundError
from tests.sources.connectors import closing, texts
from tests.sources.web import Asked, Reply, WebServer

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)


def rss(*numbers: int) -> bytes:
    items = "".join(
        f"<item><title>Item {number}</title><guid>g{number}</guid>"
        "<pubDate>Sun, 22 Nov 2026 13:00:00 GMT</pubDate></item>"
        for number in numbers
    )
    return f'<rss version="2.0"><channel><title>t</title>{items}</channel></rss>'.encode()


def always(reply: Reply) -> Callable[[Asked], Reply]:
    return lambda _: reply


def in_turn(*replies: Reply) -> Callable[[Asked], Reply]:
    left = list(replies)
    return lambda _: left.pop(0)


@asynccontextmanager
async def listening(
    answer: Callable[[Asked], Reply], **changes: object
) -> AsyncIterator[tuple[FeedConnector, WebServer]]:
    async with WebServer(answer).running() as server:
        settings = FeedSettings(
            type="feed", url=server.url("/feed"), allow_http=True, allow_private=True
        )
        changed = replace(settings, **changes)  # type: ignore[arg-type]  # by name
        async with closing(FeedConnector(changed)) as connector:
            yield connector, server


async def test_brings_what_is_new_and_then_waits() -> None:
    answers = in_turn(Reply(rss(2, 1)), Reply(rss(3, 2, 1)))
    async with listening(answers, every=60.0) as (connector, _):
        first = await connector.fetch(None, NOW)
        second = await connector.fetch(first.cursor, NOW)
    assert texts(first) == ["Item 2", "Item 1"]
    assert texts(second) == ["Item 3"]
    assert (first.wait, first.done, first.watermark) == (60.0, False, None)
    assert {mention.source for mention in first.mentions} == {"127.0.0.1"}
    assert {mention.kind for mention in first.mentions} == {"news"}


async def test_source_and_kind_can_be_told() -> None:
    async with listening(always(Reply(rss(1))), source="trustpilot", kind="review") as (feed, _):
        [mention] = (await feed.fetch(None, NOW)).mentions
    assert (mention.source, mention.kind) == ("trustpilot", "review")


async def test_asks_only_for_what_changed() -> None:
    def answer(asked: Asked) -> Reply:
        if asked.headers.get("if-none-match") == '"v1"':
            return Reply(status=304)
        return Reply(rss(1), headers={"ETag": '"v1"', "Last-Modified": "yesterday"})

    async with listening(answer) as (connector, server):
        first = await connector.fetch(None, NOW)
        second = await connector.fetch(first.cursor, NOW)
    assert "if-none-match" not in server.asked[0].headers
    assert server.asked[1].headers["if-modified-since"] == "yesterday"
    assert second == Batch((), first.cursor, wait=300.0)


async def test_an_item_that_falls_out_and_comes_back_is_not_news() -> None:
    answers = in_turn(Reply(rss(2, 1)), Reply(rss(3)), Reply(rss(1)))
    async with listening(answers) as (connector, _):
        cursor, said = None, list[str]()
        for _ in range(3):
            batch = await connector.fetch(cursor, NOW)
            cursor, said = batch.cursor, said + texts(batch)
    assert said == ["Item 2", "Item 1", "Item 3"]


async def test_a_long_document_comes_in_portions_and_only_its_first_items() -> None:
    reply = Reply(rss(*range(2500)), headers={"ETag": '"long"'})
    async with listening(always(reply)) as (connector, server):
        batches = [await connector.fetch(None, NOW)]
        while batches[-1].wait == 0:
            batches.append(await connector.fetch(batches[-1].cursor, NOW))
        again = await connector.fetch(batches[-1].cursor, NOW)
    assert [len(batch.mentions) for batch in batches] == [1000, 1000]
    assert len(set(texts(*batches))) == 2000
    assert again.mentions == ()
    # Only the whole of it may be answered with "not changed".
    assert ["if-none-match" in asked.headers for asked in server.asked] == [False, False, True]
    assert len(again.cursor) < 50_000


@pytest.mark.parametrize(
    "cursor", ["", "{", "[]", "17", '{"seen": 7}', '{"seen": ["x"], "etag": "of another feed"}']
)
async def test_a_cursor_of_another_kind_counts_as_none(cursor: str) -> None:
    async with listening(always(Reply(rss(1)))) as (connector, server):
        assert texts(await connector.fetch(cursor, NOW)) == ["Item 1"]
    assert "if-none-match" not in server.asked[0].headers


@pytest.mark.parametrize("hostile", ["x" * 5000, "caf\xe9"])
async def test_a_validator_that_could_not_be_sent_back_is_not(hostile: str) -> None:
    async with listening(always(Reply(rss(1), headers={"ETag": hostile}))) as (connector, server):
        first = await connector.fetch(None, NOW)
        await connector.fetch(first.cursor, NOW)
    assert "if-none-match" not in server.asked[1].headers


async def test_an_item_without_words_is_handed_over_once() -> None:
    item = b'<item><guid isPermaLink="false">e</guid><title> </title></item>'
    body = b'<rss version="2.0"><channel>%b</channel></rss>' % item
    async with listening(always(Reply(body))) as (connector, _):
        first = await connector.fetch(None, NOW)
        second = await connector.fetch(first.cursor, NOW)
    [rejection] = first.rejections
    assert (rejection.code, rejection.where, rejection.raw) == ("empty_text", "feed: e", "e")
    assert second.rejections == ()


async def test_a_document_that_is_no_feed_is_handed_over_once_until_it_changes() -> None:
    page, other = Reply(b"<html>Login, please</html>"), Reply(b"<html>Gone</html>")
    async with listening(in_turn(page, page, other, Reply(rss(1)))) as (connector, _):
        batches = [await connector.fetch(None, NOW)]
        for _ in range(3):
            batches.append(await connector.fetch(batches[-1].cursor, NOW))
    assert [len(batch.rejections) for batch in batches] == [1, 0, 1, 0]
    assert batches[0].rejections[0].code == "not_a_feed"
    assert batches[0].rejections[0].where == "feed"
    assert "Login" in batches[0].rejections[0].raw
    assert texts(*batches) == ["Item 1"]


@pytest.mark.parametrize("kind", ["text/html", "image/png", "application/json", "x" * 200, "é;;="])
async def test_a_wrong_content_type_does_not_matter(kind: str) -> None:
    feed = {
        "version": "https://jsonfeed.org/version/1",
        "items": [{"id": "1", "content_text": "Item 1"}],
    }
    for body in (rss(1), json.dumps(feed).encode()):
        async with listening(always(Reply(body, headers={"Content-Type": kind}))) as (connector, _):
            assert texts(await connector.fetch(None, NOW)) == ["Item 1"]


@pytest.mark.parametrize(
    ("status", "after", "wait"),
    [(429, "900", 900.0), (503, "1", 1.0), (429, "Sun, 22 Nov 2026 14:01:00 GMT", 60.0)],
)
async def test_passes_on_when_the_server_asks_to_come_back(
    status: int, after: str, wait: float
) -> None:
    reply = Reply(b"busy", status, {"Retry-After": after})
    async with listening(always(reply)) as (connector, _):
        with pytest.raises(RetryLater, match=f"^127.0.0.1 answered {status}$") as asked:
            await connector.fetch(None, NOW)
    assert asked.value.wait == wait


@pytest.mark.parametrize("status", [204, 400, 401, 404, 410, 429, 500, 503])
async def test_another_status_is_told_so_that_ingest_backs_off(status: int) -> None:
    async with listening(always(Reply(b"", status))) as (connector, _):
        with pytest.raises(SourceError, match=f"^127.0.0.1 answered {status}$"):
            await connector.fetch(None, NOW)


async def test_fifty_megabytes_are_not_read() -> None:
    async with listening(always(Reply(b" " * 50_000_000))) as (connector, _):
        with pytest.raises(SourceError, match="more than 2000000 bytes"):
            await connector.fetch(None, NOW)


async def test_a_body_that_drips_is_not_waited_for() -> None:
    reply = Reply(b" " * 1000, drips=True)
    async with listening(always(reply), timeout=0.3) as (connector, _):
        with pytest.raises(OutboundError, match=r"no full answer within 0\.3 s"):
            await connector.fetch(None, NOW)


def packed(body: bytes, encoding: str = "gzip") -> Reply:
    return Reply(body, headers={"Content-Encoding": encoding})


async def test_compression_that_nobody_asked_for_is_undone() -> None:
    async with listening(always(packed(gzip.compress(rss(1))))) as (connector, server):
        assert texts(await connector.fetch(None, NOW)) == ["Item 1"]
    assert server.asked[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (packed(gzip.compress(b" " * 50_000_000)), "more than 2000000 bytes"),
        (packed(b"no gzip"), "broken compression"),
        (packed(b"x", "br"), "an encoding that was not asked for"),
    ],
)
async def test_compression_that_bursts_or_is_broken_is_refused(reply: Reply, told: str) -> None:
    async with listening(always(reply)) as (connector, _):
        with pytest.raises(SourceError, match=told):
            await connector.fetch(None, NOW)


def moved(where: str, status: int = 301) -> Reply:
    return Reply(b"", status, {"Location": where})


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_feed_that_moved_is_followed(status: int) -> None:
    def answer(asked: Asked) -> Reply:
        return Reply(rss(1)) if asked.path == "/new/feed" else moved("/new/feed", status)

    async with listening(answer) as (connector, _):
        assert texts(await connector.fetch(None, NOW)) == ["Item 1"]


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ("/feed", "redirects more than 3 times"),
        ("ftp://a.example/", "may not lead: expected a URL that begins with http://"),
        ("http://u:p@a.example/", "without user name"),
        ("http://a.example:x/", "what is no URL"),
    ],
)
async def test_a_redirect_in_circles_or_elsewhere_is_refused(where: str, told: str) -> None:
    async with listening(always(moved(where))) as (connector, server):
        with pytest.raises(SourceError, match=told):
            await connector.fetch(None, NOW)
        assert len(server.asked) <= 4


async def test_a_private_address_is_refused_unless_allowed() -> None:
    async with listening(always(Reply(rss(1))), allow_private=False) as (connector, server):
        with pytest.raises(OutboundError, match="no public address"):
            await connector.fetch(None, NOW)
        assert server.asked == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"url": "http://a.example/feed"}, "url: expected a URL that begins with https://"),
        ({"url": "/etc/passwd"}, "url: expected"),
        ({"every": 0.5}, "every: expected 1 to 86400 seconds"),
        ({"every": float("nan")}, "every: expected"),
        ({"timeout": 0.0}, "timeout: expected"),
        ({"max_bytes": 10}, "max_bytes: expected"),
    ],
)
def test_settings_that_cannot_be_are_refused_with_the_mend(
    changes: Mapping[str, object], told: str
) -> None:
    settings = FeedSettings(type="feed", url="https://a.example/feed")
    with pytest.raises(ValueError, match=f"^{told}"):
        replace(settings, **changes)  # type: ignore[arg-type]  # by name
