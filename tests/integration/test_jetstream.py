"""The Jetstream connector against a real WebSocket server on loopback."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from websockets.utils import accept_key

from detectors.dedupe import Seen
from detectors.records import Deletion
from listener.connectors import Batch, RetryLater
from listener.connectors.jetstream import JetstreamConnector
from listener.connectors.jetstream.connector import MAX_FRAME
from listener.connectors.jetstream.settings import WireName
from sinks.net import OutboundError
from tests.sources.connectors import closing, texts
from tests.sources.jetstream import Frame, JetstreamServer, account, deletion, event, post, repost

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
NOW_US = int(NOW.timestamp()) * 10**6


def said(number: int) -> Frame:
    """A post ten milliseconds after the one before."""
    at = NOW + timedelta(milliseconds=10 * number)
    return post(NOW_US + 10_000 * number, f"post {number}", at.isoformat(), f"r{number}")


@pytest.fixture(autouse=True)
def short_fetches(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that has no more to say is waited for no longer than needed."""
    monkeypatch.setattr("listener.connectors.jetstream.connector.LONGEST_FETCH", 0.25)


@asynccontextmanager
async def connected(
    server: JetstreamServer, **changes: object
) -> AsyncIterator[JetstreamConnector]:
    async with server.running(), closing(JetstreamConnector(server.having(**changes))) as connector:
        yield connector


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


async def test_garbage_between_posts_is_handed_over_and_stops_nothing() -> None:
    garbage: list[Frame] = [
        (NOW_US, b"{"),
        (NOW_US, b"\x28\xb5\x2f\xfd"),
        (NOW_US, b'{"broken": "\xff\xc3'),
        post(NOW_US, 7, "2026-11-22T14:00:00Z", "odd"),
        event(NOW_US, did="\0", kind="account", account={"active": False, "status": "deleted"}),
    ]
    async with connected(JetstreamServer([said(0), *garbage, said(1)])) as connector:
        batch = await connector.fetch(None, NOW)
    assert texts(batch) == ["post 0", "post 1"]
    assert [(rejection.code, rejection.where) for rejection in batch.rejections] == [
        ("not_json", f"bluesky: frame 2 after {NOW_US}"),
        ("not_json", f"bluesky: frame 3 after {NOW_US}"),
        ("not_json", f"bluesky: frame 4 after {NOW_US}"),
        ("bad_field", f"bluesky: did:plc:tester at {NOW_US}"),
        ("bad_field", f"bluesky:   at {NOW_US}"),
    ]


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


async def test_a_time_far_ahead_does_not_carry_the_cursor_away() -> None:
    ahead = event(NOW_US + 3600 * 10**6, kind="identity")
    async with connected(JetstreamServer([ahead])) as connector:
        batch = await connector.fetch(None, NOW)
    assert int(batch.cursor) <= NOW_US + 5 * 60 * 10**6


async def test_a_server_that_says_nothing_gives_an_empty_batch_and_keeps_its_connection() -> None:
    server = JetstreamServer()
    async with connected(server) as connector:
        first = await connector.fetch(None, NOW)
        second = await connector.fetch(first.cursor, NOW)
    assert first == second == Batch((), str(NOW_US))
    assert len(server.cursors) == 1


async def fetch_on(connector: JetstreamConnector) -> None:
    """Until the server has got out what it has to say."""
    for _ in range(40):
        await connector.fetch(None, NOW)


async def test_a_frame_without_end_is_not_read_into_memory() -> None:
    huge = post(NOW_US, "x" * 50_000_000, "2026-11-22T14:00:00Z", "huge")
    async with connected(JetstreamServer([huge])) as connector:
        with pytest.raises(ConnectionError, match="code 1009"):
            await fetch_on(connector)


@asynccontextmanager
async def listening(
    handler: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[JetstreamConnector]:
    """A connector to a server that is written down to the byte."""
    server = await asyncio.start_server(handler, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    connector = JetstreamConnector(JetstreamServer(port=port).settings)
    try:
        yield connector
    finally:
        await connector.close()
        server.close()


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n", "answered 429"),
        (b"HTTP/1.1 500 Oops\r\nContent-Length: 3\r\n\r\nsad", "answered 500"),
        (b"HTTP/1.1 503 Sorry\r\nContent-Length: 0\r\n\r\n", "answered 503"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "answered 200"),
        (b"SSH-2.0-hushhush\r\n\r\n", "is no WebSocket server: InvalidMessage$"),
        (b"", "is no WebSocket server"),
        (
            b"HTTP/1.1 301 Moved\r\nLocation: ws://localhost:9/\r\nContent-Length: 0\r\n\r\n",
            "is no WebSocket server: ValueError$",
        ),
    ],
)
async def test_an_answer_that_is_no_websocket_is_told_without_its_bytes(
    answer: bytes, told: str
) -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    async with listening(handler) as connector:
        with pytest.raises(ConnectionError, match=told):
            await connector.fetch(None, NOW)


async def test_a_server_that_says_when_to_come_back_is_left_alone_until_then() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 429 Busy\r\nRetry-After: 17\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async with listening(handler) as connector:
        with pytest.raises(RetryLater, match=r"127\.0\.0\.1 answered 429") as asked:
            await connector.fetch(None, NOW)
    assert asked.value.wait == 17


async def test_a_server_that_drips_its_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while True:
                writer.write(b"H")
                await writer.drain()
                await asyncio.sleep(0.02)

    monkeypatch.setattr("listener.connectors.websocket.OPEN_SECONDS", 0.3)
    async with listening(handler) as connector:
        with pytest.raises(ConnectionError, match=r"gave no answer within 0\.3 s"):
            await connector.fetch(None, NOW)


async def test_a_frame_that_drips_holds_up_neither_fetch_nor_close() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        key = next(line.split(": ")[1] for line in head.split("\r\n") if "-Key:" in line)
        writer.write(
            b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept_key(key).encode() + b"\r\n\r\n"
            b"\x81\x7e\xff\xff"  # 65,535 bytes of text are to come
        )
        with suppress(ConnectionError):
            while True:
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.02)

    async with listening(handler) as connector:
        async with asyncio.timeout(5):
            batch = await connector.fetch(None, NOW)
            await connector.close()
    assert batch == Batch((), str(NOW_US))


async def test_the_address_that_was_checked_is_connected_to() -> None:
    async def resolve(host: str, port: int) -> list[str]:
        assert host == "jetstream.example"
        return ["127.0.0.2", "127.0.0.1"]  # nobody listens on the first

    server = JetstreamServer([said(1)])
    async with server.running():
        settings = replace(server.settings, url=f"ws://jetstream.example:{server.port}/subscribe")
        connector = JetstreamConnector(settings, resolve)
        assert texts(await connector.fetch(None, NOW)) == ["post 1"]
        await connector.close()


async def test_tls_asks_for_the_name_and_not_for_the_address() -> None:
    hellos: list[bytes] = []

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hellos.append(await reader.read(4096))
        writer.close()

    async def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    listening = await asyncio.start_server(handler, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    settings = replace(JetstreamServer().settings, url=f"wss://jetstream.example:{port}/")
    with pytest.raises(ConnectionError, match=r"can't connect to jetstream\.example"):
        await JetstreamConnector(settings, resolve).fetch(None, NOW)
    listening.close()
    assert b"jetstream.example" in hellos[0]


async def test_a_private_address_is_refused_unless_allowed() -> None:
    server = JetstreamServer()
    connector = JetstreamConnector(replace(server.settings, allow_private=False))
    with pytest.raises(OutboundError, match="no public address"):
        await connector.fetch(None, NOW)


@pytest.mark.parametrize("url", ["http://a.example/", "ws://a.example/", "wss://", "nonsense"])
def test_a_url_that_is_no_wss_is_refused_with_the_mend(url: str) -> None:
    with pytest.raises(ValueError, match=r"^url: expected .*wss://"):
        replace(JetstreamServer().settings, url=url, allow_http=False)
