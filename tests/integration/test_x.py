"""The X connector against a server on loopback that lists, pages and refuses as X does."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from listener.connectors import Batch, RetryLater
from listener.connectors.http import SourceError
from listener.connectors.x import XConnector, XSettings
from sinks.secret import Secret
from tests.sources.connectors import closing
from tests.sources.web import Asked, Reply, WebServer
from tests.sources.x import XServer, post, post_id

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)


def minutes_ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


@asynccontextmanager
async def searching(server: XServer, **changes: object) -> AsyncIterator[XConnector]:
    async with server.running() as settings:
        changed = replace(settings, **changes)  # type: ignore[arg-type]  # by name
        async with closing(XConnector(changed)) as connector:
            yield connector


def paying(server: WebServer, posts_per_month: int) -> XSettings:
    return XSettings(
        type="x",
        token=Secret("key-of-a-test"),
        query="Zilvernet",
        posts_per_month=posts_per_month,
        url=server.url(),
        allow_http=True,
        allow_private=True,
    )


async def fetch_from(reply: Reply) -> Batch:
    server = WebServer(lambda _: reply)
    async with server.running(), closing(XConnector(paying(server, 100))) as connector:
        return await connector.fetch(None, NOW)


async def test_a_post_with_all_that_is_told_of_it() -> None:
    told = post(
        minutes_ago(5),
        "RT @joke: kosten &gt; baten",
        public_metrics={"impression_count": 900, "retweet_count": 4, "quote_count": 1},
        referenced_tweets=[{"type": "retweeted", "id": "41"}],
        note_tweet={"text": "kosten &gt; baten, en nog veel meer"},
    )
    async with searching(XServer([told]), usernames=True) as connector:
        batch = await connector.fetch(None, NOW)
    [mention] = batch.mentions
    assert mention.text == "kosten > baten, en nog veel meer"
    assert (mention.source, mention.kind, mention.author) == ("x", "microblog", "joke")
    assert (mention.language, mention.reach) == ("nl", 900)
    assert (mention.is_repost, mention.repost_of, mention.is_reply) == (True, "41", False)
    assert mention.url == f"https://x.com/i/web/status/{told['id']}"


async def test_an_edited_post_is_still_the_same() -> None:
    first = str(post_id(minutes_ago(9)))
    edited = post(minutes_ago(5), "nu zonder tikfout", edit_history_tweet_ids=[first, "x"])
    async with searching(XServer([edited])) as connector:
        batch = await connector.fetch(None, NOW)
    assert batch.mentions[0].id == first
    assert batch.cursor == f"2026-11 1 {edited['id']}"


@pytest.mark.parametrize("code", ["und", "qme", "zxx"])
async def test_codes_for_what_is_no_language_declare_none(code: str) -> None:
    async with searching(XServer([post(minutes_ago(1), "👍", lang=code)])) as connector:
        batch = await connector.fetch(None, NOW)
    assert batch.mentions[0].language is None


async def test_goes_on_behind_the_newest_post_and_pays_for_none_twice() -> None:
    server = XServer([post(minutes_ago(3), "een")])
    async with searching(server) as connector:
        first = await connector.fetch(None, NOW)
        server.posts = [*server.posts, post(minutes_ago(1), "twee")]
        second = await connector.fetch(first.cursor, NOW)
        third = await connector.fetch(second.cursor, NOW)
    assert [mention.text for mention in second.mentions] == ["twee"]
    assert (third.mentions, third.cursor) == ((), second.cursor)
    assert "start_time" in server.asked[0].query
    assert server.asked[1].query["since_id"] == server.posts[0]["id"]


async def test_the_cap_of_posts_a_month_is_kept_and_said() -> None:
    server = XServer([post(minutes_ago(number), f"n {number}") for number in range(1, 300)])
    async with searching(server, posts_per_month=110, history=86400.0) as connector:
        first = await connector.fetch(None, NOW)
        assert len(first.mentions) == 110
        server.posts = [*server.posts, post(NOW, "te duur")]
        with pytest.raises(RetryLater, match="110 posts a month") as caught:
            await connector.fetch(first.cursor, NOW)
        assert caught.value.wait > 0
        next_month = await connector.fetch(first.cursor, NOW + timedelta(days=9))
    assert sum(int(asked.query["max_results"]) for asked in server.asked[:2]) == 110
    assert next_month.cursor.startswith("2026-12 0 ")


async def test_a_listing_that_breaks_off_each_time_counts_against_the_cap() -> None:
    def first_page_alone(asked: Asked) -> Reply:
        if "next_token" in asked.query:
            return Reply(b"", 500)
        posts = [post(minutes_ago(3), "een", number) for number in range(100)]
        return Reply(json.dumps({"data": posts, "meta": {"next_token": "2"}}).encode())

    server = WebServer(first_page_alone)
    async with server.running(), closing(XConnector(paying(server, 250))) as connector:
        for _ in range(2):
            with pytest.raises(SourceError, match="answered 500"):
                await connector.fetch(None, NOW)
    # 100 are paid for, and 100 again; of the 250, that leaves half a page.
    assert server.asked[-1].query["max_results"] == "50"


async def test_after_a_restart_the_month_goes_on_where_it_was() -> None:
    server = XServer([post(minutes_ago(number), f"n {number}") for number in range(1, 31)])
    cursor = f"2026-11 95 {post_id(minutes_ago(40))}"
    async with searching(server, posts_per_month=100) as connector:
        with pytest.raises(RetryLater):
            await connector.fetch(cursor, NOW)
    assert server.asked == []


async def test_a_place_older_than_the_search_reaches_back_is_not_asked_for() -> None:
    server = XServer([post(minutes_ago(3), "een")])
    old = f"2026-11 1 {post_id(NOW - timedelta(days=9))}"
    async with searching(server) as connector:
        batch = await connector.fetch(old, NOW)
    assert [mention.text for mention in batch.mentions] == ["een"]
    assert server.asked[0].query["start_time"].startswith("2026-11-15T14:10")
    assert "since_id" not in server.asked[0].query


async def test_waits_until_the_limit_is_lifted() -> None:
    reset = str(int(NOW.timestamp()) + 240)
    with pytest.raises(RetryLater) as caught:
        await fetch_from(Reply(b"{}", 429, {"x-rate-limit-reset": reset}))
    assert caught.value.wait == 240


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (Reply(b'{"detail": "Unauthorized"}', 401), "refuses the key (401): Unauthorized"),
        (
            Reply(b'{"errors": [{"message": "no such operator: lng"}]}', 400),
            "answered 400: no such operator: lng",
        ),
        (Reply(b"<html>", 502), "answered 502"),
        (Reply(b"<html>"), "something else than JSON"),
        (Reply(b"[" * 10_000), "something else than JSON"),
    ],
)
async def test_says_what_the_source_has_against_it(reply: Reply, says: str) -> None:
    with pytest.raises(SourceError) as caught:
        await fetch_from(reply)
    assert says in str(caught.value)
    assert "key-of-a-test" not in str(caught.value)


@pytest.mark.parametrize("body", [b"{}", b'{"data": 7}', b'{"data": [], "meta": []}'])
async def test_an_answer_without_posts_brings_none(body: bytes) -> None:
    assert (await fetch_from(Reply(body))).mentions == ()


async def test_posts_of_an_odd_form_are_refused_one_by_one() -> None:
    batch = await fetch_from(Reply(b'{"data": [7, {"id": "x"}, {"id": "1", "text": "a"}]}'))
    assert [refused.code for refused in batch.rejections] == [
        "bad_field",
        "not_an_object",
        "missing_date",
    ]
