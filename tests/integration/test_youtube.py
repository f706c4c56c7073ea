"""The YouTube connector against a server on loopback."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from listener.connectors import Batch, RetryLater
from listener.connectors.http import SourceError
from listener.connectors.youtube import YouTubeConnector, YouTubeSettings
from sinks.secret import Secret
from tests.sources.connectors import closing
from tests.sources.web import Reply, WebServer
from tests.sources.youtube import YouTubeServer, comment, thread

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)


def minutes_ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


@asynccontextmanager
async def reading(server: YouTubeServer, **changes: object) -> AsyncIterator[YouTubeConnector]:
    async with server.running() as settings:
        changed = replace(settings, **changes)  # type: ignore[arg-type]  # by name
        async with closing(YouTubeConnector(changed)) as connector:
            yield connector


async def fetch_from(reply: Reply) -> Batch:
    async with WebServer(lambda _: reply).running() as server:
        settings = YouTubeSettings(
            type="youtube",
            key=Secret("key-of-a-test"),
            video="v1",
            url=server.url(),
            allow_http=True,
            allow_private=True,
        )
        async with closing(YouTubeConnector(settings)) as connector:
            return await connector.fetch(None, NOW)


async def test_a_comment_and_its_replies() -> None:
    reply = comment("c1.r1", minutes_ago(2), "Bij mij ook.")
    server = YouTubeServer([thread("c1", minutes_ago(9), "Alweer geen internet", reply)])
    async with reading(server) as connector:
        batch = await connector.fetch(None, NOW)
    first, second = batch.mentions
    assert (first.text, first.is_reply, first.author) == ("Alweer geen internet", False, "@joke")
    assert (first.source, first.kind) == ("youtube", "video")
    assert first.url == "https://www.youtube.com/watch?v=v1&lc=c1"
    assert (second.text, second.is_reply) == ("Bij mij ook.", True)
    assert server.asked[0].query["allThreadsRelatedToChannelId"] == "UC123"


async def test_reads_no_further_down_than_it_has_to() -> None:
    old = [thread(f"o{number}", minutes_ago(300 + number), "oud") for number in range(500)]
    server = YouTubeServer([thread("c1", minutes_ago(1), "nieuw"), *old])
    async with reading(server, history=60.0) as connector:
        batch = await connector.fetch(None, NOW)
    assert [mention.text for mention in batch.mentions] == ["nieuw"]
    assert len(server.asked) == 2


async def test_a_comment_that_got_in_late_is_found_and_none_comes_twice() -> None:
    server = YouTubeServer([thread("c1", minutes_ago(1), "een")])
    async with reading(server) as connector:
        first = await connector.fetch(None, NOW)
        server.threads = [*server.threads, thread("c0", minutes_ago(30), "laat")]
        second = await connector.fetch(first.cursor, NOW)
    assert [mention.text for mention in second.mentions] == ["laat"]
    assert first.cursor == f"2026-11-22 1 {int(minutes_ago(1).timestamp())}"
    assert (first.cursor, second.wait) == (second.cursor, 300.0)


async def test_the_days_budget_is_kept_and_begins_anew_with_californias_day() -> None:
    async with reading(YouTubeServer(), units_per_day=2) as connector:
        for _ in range(2):
            await connector.fetch(None, NOW)
        with pytest.raises(RetryLater, match="2 units"):
            await connector.fetch(None, NOW + timedelta(hours=9))
        await connector.fetch(None, NOW + timedelta(hours=19))


async def test_after_a_restart_the_days_units_are_still_spent() -> None:
    server = YouTubeServer([thread("c1", minutes_ago(1), "een")])
    async with reading(server, units_per_day=1) as connector:
        first = await connector.fetch(None, NOW)
    async with reading(server, units_per_day=1) as connector:
        with pytest.raises(RetryLater, match="1 units"):
            await connector.fetch(first.cursor, NOW)
        await connector.fetch(first.cursor, NOW + timedelta(hours=19))
    assert len(server.asked) == 2


async def test_a_cursor_from_before_the_units_were_kept_goes_on_at_its_place() -> None:
    old = [thread("c1", minutes_ago(90), "oud")]
    server = YouTubeServer([thread("c2", minutes_ago(1), "nieuw"), *old])
    async with reading(server) as connector:
        batch = await connector.fetch(str(int(minutes_ago(9).timestamp())), NOW)
    assert [mention.text for mention in batch.mentions] == ["nieuw"]


async def test_a_spent_quota_is_waited_for() -> None:
    body = {"error": {"message": "spent", "errors": [{"reason": "quotaExceeded"}]}}
    with pytest.raises(RetryLater, match="quota is spent"):
        await fetch_from(Reply(json.dumps(body).encode(), 403))


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (Reply(b'{"error": {"message": "API key not valid"}}', 400), "API key not valid"),
        (Reply(b'{"error": {"errors": [{"reason": "commentsDisabled"}]}}', 403), "403"),
        (Reply(b"", 500), "answered 500"),
        (Reply(b"[]"), "something else than JSON"),
    ],
)
async def test_says_what_the_source_has_against_it(reply: Reply, says: str) -> None:
    with pytest.raises(SourceError) as caught:
        await fetch_from(reply)
    assert says in str(caught.value)


@pytest.mark.parametrize("item", [7, {}, {"snippet": 7}, {"snippet": {"topLevelComment": {}}}])
async def test_threads_of_an_odd_form_are_refused_one_by_one(item: object) -> None:
    good = thread("c1", minutes_ago(1), "een")
    batch = await fetch_from(Reply(json.dumps({"items": [item, good]}).encode()))
    assert [mention.text for mention in batch.mentions] == ["een"]
    assert len(batch.rejections) == 1


@pytest.mark.parametrize(("channel", "video"), [("", ""), ("UC1", "v1")])
def test_one_target_is_wanted(channel: str, video: str) -> None:
    with pytest.raises(ValueError, match="either channel"):
        YouTubeSettings(type="youtube", key=Secret("k"), channel=channel, video=video)
