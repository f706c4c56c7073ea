"""The Reddit connector: asyncpraw itself, against a server on loopback."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from detectors.records import Deletion
from listener.connectors import RetryLater
from listener.connectors.http import SourceError
from listener.connectors.reddit import RedditConnector, RedditSettings
from sinks.net import OutboundError
from sinks.secret import Secret
from tests.sources.connectors import closing
from tests.sources.reddit import RedditServer, comment, submission
from tests.sources.web import Reply

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
END = int(NOW.timestamp())


@asynccontextmanager
async def reading(server: RedditServer, **changes: object) -> AsyncIterator[RedditConnector]:
    async with server.running() as settings:
        changed = replace(settings, **changes)  # type: ignore[arg-type]  # by name
        async with closing(RedditConnector(changed)) as connector:
            yield connector


async def test_posts_and_comments_come_in_the_order_in_which_they_were_written() -> None:
    server = RedditServer(
        comments=[comment("b", END - 10, "Bij mij ook"), comment("a", END - 30, "Echt?")],
        posts=[submission("p", END - 20, "Storing", "Al de hele dag")],
    )
    async with reading(server) as connector:
        batch = await connector.fetch(None, NOW)
    assert [mention.id for mention in batch.mentions] == ["t1_a", "t3_p", "t1_b"]
    assert batch.mentions[1].text == "Storing\nAl de hele dag"
    assert [mention.is_reply for mention in batch.mentions] == [True, False, True]
    assert batch.mentions[0].url == "https://www.reddit.com/r/nl/comments/p/_/a/"
    assert {mention.source for mention in batch.mentions} == {"reddit"}
    assert (batch.cursor, batch.wait) == (str(END - 10), 60.0)


async def test_asks_for_what_its_search_finds_where_there_is_a_query() -> None:
    server = RedditServer(posts=[submission("p", END - 20, "Zilvernet ligt eruit")])
    async with reading(server, query="Zilvernet") as connector:
        batch = await connector.fetch(None, NOW)
    assert [mention.text for mention in batch.mentions] == ["Zilvernet ligt eruit"]
    [asked] = [asked for asked in server.asked if asked.path.startswith("/r/")]
    assert asked.path == "/r/nl+thenetherlands/search"
    assert (asked.query["q"], asked.query["sort"]) == ("Zilvernet", "new")


async def test_what_was_taken_back_is_passed_on() -> None:
    server = RedditServer(comments=[comment("a", END - 30, "Onzin!")])
    async with reading(server) as connector:
        first = await connector.fetch(None, NOW)
        server.comments = [comment("a", END - 30, "[deleted]", author="[deleted]")]
        second = await connector.fetch(first.cursor, NOW)
    assert second.deletions == (Deletion("reddit", id="t1_a"),)
    assert (second.mentions, second.cursor) == ((), first.cursor)


async def test_waits_as_long_as_it_is_asked_to() -> None:
    server = RedditServer(refusal=Reply(b"{}", 429, {"Retry-After": "17"}))
    async with reading(server) as connector:
        with pytest.raises(RetryLater) as caught:
            await connector.fetch(None, NOW)
    assert caught.value.wait == 17


@pytest.mark.parametrize(
    ("refusal", "says"),
    [
        (Reply(b"{}", 403), "refuses the key"),
        (Reply(b"{}", 404), "answered 404"),
        (Reply(b"{}", 200, {"Content-Type": "application/json"}), "something else"),
        (Reply(b"<html>", 200), "127.0.0.1"),
    ],
)
async def test_says_what_the_source_has_against_it(refusal: Reply, says: str) -> None:
    async with reading(RedditServer(refusal=refusal)) as connector:
        with pytest.raises(SourceError, match=says) as caught:
            await connector.fetch(None, NOW)
    assert "key-of-a-test" not in str(caught.value)


@pytest.mark.parametrize(
    "item",
    [
        7,
        {},
        {"data": 7},
        {"data": {"created_utc": "soon"}},
        {"data": {"created_utc": END - 20, "name": "t1_b", "body": ["not", "text"]}},
        {"data": {"created_utc": END - 20, "name": " ", "body": "[deleted]"}},
    ],
)
async def test_items_of_an_odd_form_are_refused_one_by_one(item: object) -> None:
    server = RedditServer(comments=[item, comment("a", END - 30, "Echt?")])  # type: ignore[list-item]  # odd on purpose
    async with reading(server) as connector:
        batch = await connector.fetch(None, NOW)
    assert [mention.id for mention in batch.mentions] == ["t1_a"]
    assert len(batch.rejections) == 1


async def test_a_private_address_is_refused_unless_allowed() -> None:
    server = RedditServer()
    async with reading(server, allow_private=False) as connector:
        with pytest.raises(OutboundError, match="no public address"):
            await connector.fetch(None, NOW)
    assert server.asked == []


@pytest.mark.parametrize("subreddits", [(), ("r/nl",), ("nl?limit=1",), ("",)])
def test_names_of_subreddits_are_checked(subreddits: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="subreddits"):
        RedditSettings(
            type="reddit",
            client_id="a",
            client_secret=Secret("b"),
            user_agent="linux:listener-test:1",
            subreddits=subreddits,
        )
