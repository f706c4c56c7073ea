"""The guarded client against real sockets on loopback."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import pytest

from sinks.net import Outbound, OutboundError

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def server(handler: Handler, host: str = "127.0.0.1") -> AsyncIterator[int]:
    """The port of a server that runs `handler` for each connection."""
    listening = await asyncio.start_server(handler, host, 0)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()


def to(*addresses: str, timeout: float = 5.0, max_body: int = 1000) -> Outbound:
    """A client for whom every name has these addresses."""

    async def resolve(host: str, port: int) -> Sequence[str]:
        return addresses

    return Outbound(
        allow_http=True,
        allow_private=True,
        timeout=timeout,
        max_body=max_body,
        resolve=resolve,
    )


async def test_the_checked_address_is_connected_to_and_the_host_header_keeps_the_name() -> None:
    heads: list[bytes] = []

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await writer.drain()
        writer.close()

    async with server(handler) as port:
        client = to("127.0.0.1")
        answer = await client.request(
            "POST", f"http://hooks.example:{port}/a?b=1", headers={}, content=b"{}"
        )
        await client.aclose()
    assert (answer.status, answer.body) == (200, b"ok")
    assert heads[0].startswith(b"POST /a?b=1 HTTP/1.1\r\n")
    assert f"\r\nHost: hooks.example:{port}\r\n".encode() in heads[0]


async def test_tls_asks_for_the_name_and_not_for_the_address() -> None:
    hellos: list[bytes] = []

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hellos.append(await reader.read(4096))
        writer.close()

    async with server(handler) as port:
        client = to("127.0.0.1")
        with pytest.raises(OutboundError, match=r"hooks\.example") as failed:
            await client.request("GET", f"https://hooks.example:{port}/", headers={})
        await client.aclose()
    assert failed.value.retryable
    assert b"hooks.example" in hellos[0]


async def test_an_address_that_does_not_answer_gives_way_to_the_next() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        writer.close()

    async with server(handler) as port:
        # Nobody listens on that port of 127.0.0.2: the server is bound to 127.0.0.1 alone.
        client = to("127.0.0.2", "127.0.0.1", timeout=20.0)
        answer = await client.request("GET", f"http://two.example:{port}/", headers={})
        await client.aclose()
    assert answer.status == 204


async def test_an_endless_answer_is_cut() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            while True:
                writer.write(b"x" * 10_000)
                await writer.drain()
        except ConnectionError:
            writer.close()

    async with server(handler) as port:
        client = to("127.0.0.1", max_body=1234)
        answer = await client.request("GET", f"http://flood.example:{port}/", headers={})
        await client.aclose()
    assert answer.body == b"x" * 1234


async def test_an_answer_that_drips_is_not_waited_for() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        try:
            while True:
                writer.write(b"H")
                await writer.drain()
                await asyncio.sleep(0.02)
        except ConnectionError:
            writer.close()

    async with server(handler) as port:
        client = to("127.0.0.1", timeout=0.3)
        with pytest.raises(OutboundError) as failed:
            await client.request("GET", f"http://slow.example:{port}/", headers={})
        await client.aclose()
    assert failed.value.retryable


async def test_an_answer_that_is_no_http_can_be_tried_again() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"SSH-2.0-hushhush\r\n\r\n")
        writer.close()

    async with server(handler) as port:
        client = to("127.0.0.1")
        with pytest.raises(OutboundError, match=r"odd\.example broke off: \w+$") as failed:
            await client.request("GET", f"http://odd.example:{port}/", headers={})
        await client.aclose()
    assert failed.value.retryable
    assert "hushhush" not in str(failed.value)


async def test_the_systems_own_look_up_keeps_loopback_out_unless_allowed() -> None:
    client = Outbound(allow_http=True)
    for url in (
        "http://localhost:9/",
        "http://127.0.0.1:9/",
        "http://[::1]:9/",
        "http://2130706433:9/",
    ):
        with pytest.raises(OutboundError, match="has no public address"):
            await client.request("GET", url, headers={})
    await client.aclose()
