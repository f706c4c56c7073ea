"""The Jetstream connector against a server on loopback: what it brings, and going on."""

from dataclasses import replace
from datetime import timedelta

import pytest

from detectors.dedupe import Seen
from detectors.records import Deletion
from listener.connectors import Batch
from listener.connectors.jetstream import JetstreamConnector
from listener.connectors.jetstream.connector import MAX_FRAME
from listener.connectors.jetstream.settings import WireName
from tests.integration.jetstream_bench import NOW, NOW_US, connected, said
from tests.sources.connectors import texts
from tests.sources.jetstream import JetstreamServer, account, deletion, repost

pytestmark = pytest.mark.usefixtures("short_fetches")


async def test_asks_for_posts_alone_from_a_little_before_now() -> None:
    server = JetstreamServer([said(1)])
    async with connected(server) as connector:
        batch = await connector.fetch(None, NOW)
    assert server.queries == [
        {
            "wantedCollections": ["app.bsky.feed.post"],
            "cursor": [str(NOW_US - 5_000_000)],
            "maxMessageSizeBytes": [str(MAX_FRAME)],
        }
    ]
    assert texts(batch) == ["post 1"]
    assert batch.cursor == str(NOW_US + 10_000)
    assert batch.watermark is None
    assert not batch.done


async def test_one_connection_serves_many_fetches_each_bounded() -> None:
    server = JetstreamServer([said(number) for number in range(1200)])
    async with connected(server) as connector:
        batches = [await connector.fetch(None, NOW)]
        while len(texts(*batches)) < 1200:
            batches.append(await connector.fetch(batches[-1].cursor, NOW))
    assert texts(*batches) == [f"post {number}" for number in range(1200)]
    assert max(len(batch.mentions) for batch in batches) <= 500
    assert len(server.cursors) == 1


@pytest.mark.parametrize("wire", ["v1", "v2"])
async def test_goes_on_without_loss_whenever_the_server_hangs_up(wire: WireName) -> None:
    frames = [said(100 * number) for number in range(40)]
    server = JetstreamServer(frames, breaks_after=9, wire=wire)
    brought: list[Batch] = []
    hung_up = 0
    async with connected(server) as connector:
        cursor: str | None = None
        while f"post {100 * 39}" not in texts(*brought):
            try:
                brought.append(await connector.fetch(cursor, NOW))
                cursor = brought[-1].cursor
            except ConnectionError as error:
                hung_up += 1
                assert str(error) == "127.0.0.1 closed the connection (code 1000)"  # noqa: PT017 - one of many
    assert hung_up >= 3
    new = Seen().only_new(mention for batch in brought for mention in batch.mentions)
    assert [mention.text for mention in new] == [f"post {100 * number}" for number in range(40)]
    assert len(texts(*brought)) > 40  # some came twice


async def test_a_server_that_ends_in_the_middle_is_found_again_once_it_is_back() -> None:
    server = JetstreamServer([said(1), said(2)])
    connector = JetstreamConnector(replace(server.settings, url="ws://127.0.0.1:1/"))
    with pytest.raises(ConnectionError, match="can't connect to 127"):
        await connector.fetch(None, NOW)
    async with server.running():
        connector = JetstreamConnector(server.settings)
        first = await connector.fetch(None, NOW)
    with pytest.raises(ConnectionError):
        await connector.fetch(first.cursor, NOW)
    with pytest.raises(ConnectionError):
        await connector.fetch(first.cursor, NOW)
    server.frames = [said(1), said(2), said(3)]
    async with server.running():
        again = await connector.fetch(first.cursor, NOW)
        await connector.close()
    assert texts(first) == ["post 1", "post 2"]
    assert texts(again) == ["post 1", "post 2", "post 3"]


async def test_a_first_attempt_that_failed_loses_nothing_said_since() -> None:
    server = JetstreamServer([said(1)], breaks_after=0)
    async with connected(server) as connector:
        with pytest.raises(ConnectionError):
            await connector.fetch(None, NOW)
        server.breaks_after = None
        batch = await connector.fetch(None, NOW + timedelta(minutes=3))
    assert texts(batch) == ["post 1"]


async def test_a_portion_that_was_not_stored_is_asked_for_again() -> None:
    server = JetstreamServer([said(100 * number) for number in range(20)])
    async with connected(server) as connector:
        first = await connector.fetch(None, NOW)
        again = await connector.fetch(str(NOW_US), NOW)
    assert again.mentions == first.mentions
    assert server.cursors == [NOW_US - 5_000_000] * 2


@pytest.mark.parametrize("wire", ["v1", "v2"])
@pytest.mark.parametrize("cursor", ["", "-5", "mark:500", "²", "9" * 5000, '{"time_us": 5}', "[]"])
async def test_what_is_no_cursor_counts_as_none(cursor: str, wire: WireName) -> None:
    server = JetstreamServer([said(1)], wire=wire)
    async with connected(server) as connector:
        assert texts(await connector.fetch(cursor, NOW)) == ["post 1"]


@pytest.mark.parametrize("wire", ["v1", "v2"])
async def test_deleted_posts_and_deleted_authors_are_taken_back(wire: WireName) -> None:
    frames = [
        said(0),
        deletion(NOW_US + 1, "app.bsky.feed.post", "r0"),
        account(NOW_US + 2, active=False, status="deleted"),
        account(NOW_US + 3, active=True),
        deletion(NOW_US + 4, "app.bsky.feed.like", "r0"),
    ]
    async with connected(JetstreamServer(frames, wire=wire)) as connector:
        batch = await connector.fetch(None, NOW)
        assert connector.skipped == {"account": 1, "other": 1}
    assert batch.deletions == (
        Deletion("bluesky", id=batch.mentions[0].id),
        Deletion("bluesky", author=batch.mentions[0].author),
    )
    assert batch.rejections == ()


async def test_reposts_are_asked_for_where_they_are_wanted() -> None:
    created = "2026-11-22T14:00:00Z"
    frames = [
        said(0),
        repost(NOW_US + 1, "r0", created, "again"),
        repost(NOW_US + 2, "long ago", created, "unknown"),
    ]
    server = JetstreamServer(frames)
    async with connected(server, reposts=True, dids=("did:plc:tester",)) as connector:
        batch = await connector.fetch(None, NOW)
    assert server.queries[0]["wantedCollections"] == ["app.bsky.feed.post", "app.bsky.feed.repost"]
    assert server.queries[0]["wantedDids"] == ["did:plc:tester"]
    assert [(item.text, item.repost_of) for item in batch.mentions] == [
        ("post 0", None),
        ("post 0", batch.mentions[0].id),
    ]
    assert connector.skipped == {"repost of an unknown post": 1}


async def test_a_server_that_says_nothing_gives_an_empty_batch_and_keeps_its_connection() -> None:
    server = JetstreamServer()
    async with connected(server) as connector:
        first = await connector.fetch(None, NOW)
        second = await connector.fetch(first.cursor, NOW)
    assert first == second == Batch((), str(NOW_US))
    assert len(server.cursors) == 1
