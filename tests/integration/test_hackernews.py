"""The Hacker News connector against a real web server on loopback."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from detectors.dedupe import Seen
from detectors.records import Deletion
from listener.connectors import Batch, RetryLater
from listener.connectors.hackernews import HackerNewsConnector, HackerNewsSettings
from listener.connectors.http import SourceError
from sinks.net import OutboundError
from tests.sources.connectors import closing
from tests.sources.hackernews import HackerNewsServer, comment
from tests.sources.web import Reply, WebServer

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
END = int(NOW.timestamp())
SETTINGS = HackerNewsSettings(type="hackernews", allow_http=True, allow_private=True)


@asynccontextmanager
async def searching(
    server: HackerNewsServer, **changes: object
) -> AsyncIterator[HackerNewsConnector]:
    async with server.running() as settings:
        changed = replace(settings, **changes)  # type: ignore[arg-type]  # by name
        async with closing(HackerNewsConnector(changed)) as connector:
            yield connector


@asynccontextmanager
async def answered_with(reply: Reply, **changes: object) -> AsyncIterator[HackerNewsConnector]:
    async with WebServer(lambda _: reply).running() as server:
        settings = replace(SETTINGS, url=server.url(), **changes)  # type: ignore[arg-type]  # by name
        connector = HackerNewsConnector(settings)
        try:
            yield connector
        finally:
            await connector.close()


async def fetch_up_to_now(connector: HackerNewsConnector) -> list[Batch]:
    batches = [await connector.fetch(None, NOW)]
    while batches[-1].wait == 0:
        batches.append(await connector.fetch(batches[-1].cursor, NOW))
    return batches


async def test_asks_for_stories_and_comments_of_one_window() -> None:
    server = HackerNewsServer([comment("1", "Zilvernet is down", END - 30)])
    async with searching(server, query='"Zilvernet"', history=3600.0) as connector:
        batch = await connector.fetch(None, NOW)
    assert [mention.text for mention in batch.mentions] == ["Zilvernet is down"]
    assert (batch.cursor, batch.wait, batch.done, batch.watermark) == (str(END), 60.0, False, None)
    [asked] = server.asked
    assert asked.query["query"] == '"Zilvernet"'
    assert asked.query["tags"] == "(story,comment)"
    assert server.windows == [(END - 3600 - 600, END)]


async def test_a_busy_day_comes_in_bounded_portions_without_a_gap() -> None:
    hits = [
        comment(str(number), f"n {number}", END - 86000 + 25 * number) for number in range(3400)
    ]
    server = HackerNewsServer(hits)
    async with searching(server) as connector:
        batches = await fetch_up_to_now(connector)
    assert max(len(batch.mentions) for batch in batches) <= 500
    new = Seen().only_new(mention for batch in batches for mention in batch.mentions)
    assert [mention.text for mention in new] == [f"n {number}" for number in range(3400)]
    cursors = [int(batch.cursor) for batch in batches]
    assert cursors == sorted(set(cursors))
    assert len(server.windows) < 100


async def test_a_second_that_holds_more_than_a_page_does_not_hold_it_up() -> None:
    hits = [comment(str(number), f"n {number}", END - 100) for number in range(700)]
    async with searching(HackerNewsServer(hits)) as connector:
        batches = await fetch_up_to_now(connector)
    assert sum(len(batch.mentions) for batch in batches) >= 500
    assert batches[-1].cursor == str(END)


async def test_what_got_into_the_index_late_is_still_found() -> None:
    server = HackerNewsServer([comment("1", "early", END - 300)])
    async with searching(server) as connector:
        first = await connector.fetch(None, NOW)
        server.hits = [*server.hits, comment("2", "late", END - 200)]
        second = await connector.fetch(first.cursor, NOW + timedelta(seconds=60))
    assert [mention.text for mention in second.mentions] == ["early", "late"]


@pytest.mark.parametrize("cursor", ["", "mark:5", "²", "-7", "9" * 30])
async def test_a_cursor_of_another_kind_counts_as_none(cursor: str) -> None:
    server = HackerNewsServer()
    async with searching(server, history=60.0) as connector:
        assert (await connector.fetch(cursor, NOW)).cursor == str(END)
    assert server.windows == [(END - 660, END)]


async def test_a_cursor_ahead_of_the_clock_is_taken_for_now() -> None:
    server = HackerNewsServer()
    async with searching(server) as connector:
        assert (await connector.fetch(str(END + 500), NOW)).cursor == str(END)
    assert server.windows == [(END - 600, END)]


async def test_a_hit_that_cannot_be_read_stops_nothing() -> None:
    odd: dict[str, object] = {"objectID": "7", "title": ["x"], "created_at_i": END - 5}
    server = HackerNewsServer([comment("1", "a", END - 9), odd, comment("2", "b", END - 1)])
    async with searching(server) as connector:
        batch = await connector.fetch(None, NOW)
    assert [mention.text for mention in batch.mentions] == ["a", "b"]
    [rejection] = batch.rejections
    assert (rejection.code, rejection.where) == ("bad_field", "hackernews: 7")


async def test_what_is_missing_when_its_time_is_asked_for_again_was_deleted() -> None:
    hits = [comment("1", "a", END - 500), comment("2", "b", END - 90), comment("3", "c", END - 9)]
    server = HackerNewsServer(hits)
    async with searching(server) as connector:
        first = await connector.fetch(str(END - 600), NOW)
        assert first.deletions == ()
        server.hits = [hits[0], hits[2]]
        second = await connector.fetch(first.cursor, NOW + timedelta(seconds=60))
        assert second.deletions == (Deletion("hackernews", id="2"),)
        third = await connector.fetch(second.cursor, NOW + timedelta(seconds=120))
        assert third.deletions == (), "told once; and what is older than that is not asked for"


async def test_what_cannot_be_read_any_more_or_did_not_fit_was_not_deleted() -> None:
    hits = [comment(str(number), "n", END - 90) for number in range(3)]
    server = HackerNewsServer(hits)
    async with searching(server) as connector:
        first = await connector.fetch(str(END - 600), NOW)
        server.hits = [{**hits[0], "comment_text": ["x"]}, *hits[1:]]
        second = await connector.fetch(first.cursor, NOW + timedelta(seconds=60))
        assert len(second.rejections) == 1
        crowd = [comment(f"c{number}", "n", END + 61) for number in range(700)]
        server.hits = [*hits, *crowd]
        third = await connector.fetch(second.cursor, NOW + timedelta(seconds=120))
        assert len(third.mentions) == 500
    assert [batch.deletions for batch in (first, second, third)] == [(), (), ()]


async def test_passes_on_when_the_server_asks_to_come_back() -> None:
    async with answered_with(Reply(b"", 429, {"Retry-After": "120"})) as connector:
        with pytest.raises(RetryLater, match="answered 429") as asked:
            await connector.fetch(str(END - 50), NOW)
    assert asked.value.wait == 120.0


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (Reply(b"", 429), "answered 429"),
        (Reply(b"", 500), "answered 500"),
        (Reply(b"<html>Are you human?</html>"), "something else than search results"),
        (Reply(b'{"message": "no"}'), "something else than search results"),
        (Reply(b'{"hits": 7}'), "something else than search results"),
        (Reply(b"[" * 100_000), "something else than search results"),
        (Reply(b" " * 50_000_000), "more than 10000000 bytes"),
    ],
)
async def test_an_answer_of_no_use_is_told_so_that_ingest_backs_off(
    reply: Reply, told: str
) -> None:
    async with answered_with(reply) as connector:
        with pytest.raises(SourceError, match=told):
            await connector.fetch(None, NOW)


async def test_a_body_that_drips_is_not_waited_for() -> None:
    async with answered_with(Reply(b" " * 1000, drips=True), timeout=0.3) as connector:
        with pytest.raises(OutboundError, match="no full answer"):
            await connector.fetch(None, NOW)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"url": "http://a.example/"}, "url: expected a URL that begins with https://"),
        ({"every": 0.0}, "every: expected 1 to 86400 seconds"),
        ({"history": -1.0}, "history: expected 0 to 2592000 seconds"),
        ({"timeout": 500.0}, "timeout: expected"),
        ({"query": "x" * 501}, "query: expected at most 500 characters"),
    ],
)
def test_settings_that_cannot_be_are_refused_with_the_mend(
    changes: Mapping[str, object], told: str
) -> None:
    with pytest.raises(ValueError, match=f"^{told}"):
        replace(SETTINGS, allow_http=False, **changes)  # type: ignore[arg-type]  # by name
