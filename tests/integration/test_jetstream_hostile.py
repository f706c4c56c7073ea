"""Servers in Jetstream's place that are broken or hostile: each is told, and costs little."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import pytest
from websockets.utils import accept_key

from listener.connectors import Batch, RetryLater
from listener.connectors.jetstream import JetstreamConnector
from sinks.net import OutboundError
from tests.integration.jetstream_bench import NOW, NOW_US, connected, said
from tests.sources.connectors import texts
from tests.sources.jetstream import Frame, JetstreamServer, event, post

pytestmark = pytest.mark.usefixtures("short_fetches")


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


async def test_a_time_far_ahead_does_not_carry_the_cursor_away() -> None:
    ahead = event(NOW_US + 3600 * 10**6, kind="identity")
    async with connected(JetstreamServer([ahead])) as connector:
        batch = await connector.fetch(None, NOW)
    assert int(batch.cursor) <= NOW_US + 5 * 60 * 10**6


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
