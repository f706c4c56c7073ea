"""Senders that are greedy, slow or astray: refused in time, and nothing reaches the engine."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, suppress
from typing import Final
from unittest.mock import patch

import httpx
import pytest

from tests.integration.webhook_bench import (
    BEARER,
    GOOD,
    LIMIT,
    Bench,
    bench,
    said,
)

ROOM: Final = "listener.connectors.webhook"


@pytest.fixture
async def pushed() -> AsyncIterator[Bench]:
    async with bench(max_body=LIMIT) as made:
        yield made


async def test_fifty_megabytes_are_refused_whether_they_are_announced_or_not(
    pushed: Bench,
) -> None:
    async def drips() -> AsyncIterator[bytes]:
        for _ in range(800):
            yield bytes(65536)

    for body in (bytes(50 * 1024 * 1024), drips()):
        try:
            answer = await pushed.client.post(pushed.url, content=body, headers=BEARER)
        except httpx.WriteError:  # it was told while it still sent, and cut off
            continue
        assert answer.status_code == 413
    assert pushed.untouched


async def test_headers_are_bounded(pushed: Bench) -> None:
    for headers in ({"X-Long": "x" * 20_000}, {f"X-{number}": "x" for number in range(200)}):
        answer = await pushed.post(said(1), BEARER | headers)
        assert answer.status_code == 400
    assert pushed.untouched


async def test_who_dawdles_is_sent_away_and_holds_up_nobody() -> None:
    with ExitStack() as shorter:
        for limit in ("protocol._HEAD_SECONDS", "protocol._LINGER_SECONDS", "server._BODY_SECONDS"):
            shorter.enter_context(patch(f"{ROOM}.{limit}", 0.3))
        async with bench() as pushed:
            url = httpx.URL(pushed.url)
            begun = b"POST /mentions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            token = f"Authorization: {BEARER['Authorization']}\r\n".encode()
            starts = [b"", begun, begun + token + b"Content-Length: 9\r\n\r\n{"]
            slow = [await asyncio.open_connection(url.host, url.port) for _ in starts]
            for (_, writer), start in zip(slow, starts, strict=True):
                writer.write(start)
            assert (await pushed.post(said(1))).status_code == 202
            async with asyncio.timeout(10):
                answers = [await reader.read() for reader, _ in slow]
            for _, writer in slow:
                writer.close()
            assert answers[:2] == [b"", b""]
            assert answers[2].startswith(b"HTTP/1.1 408 ")


async def test_connections_are_bounded() -> None:
    with patch(f"{ROOM}.protocol._MAX_CONNECTIONS", 3):
        async with bench() as pushed:
            url = httpx.URL(pushed.url)
            opened = [await asyncio.open_connection(url.host, url.port) for _ in range(5)]
            async with asyncio.timeout(10):
                for reader, _ in opened[3:]:
                    with suppress(ConnectionError):
                        assert await reader.read() == b""
            for _, writer in opened:
                writer.close()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/", 404),
        ("POST", "/mentions/", 404),
        ("POST", "/%6dentions/../x", 404),
        ("GET", "/mentions", 405),
        ("PUT", "/mentions", 405),
        ("OPTIONS", "/mentions", 405),
    ],
)
async def test_other_paths_and_methods_are_refused(
    pushed: Bench, method: str, path: str, status: int
) -> None:
    url = httpx.URL(pushed.url).copy_with(path=path)
    answer = await pushed.client.request(method, url, headers=BEARER, content=GOOD)
    assert answer.status_code == status
    assert pushed.untouched


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "body: not JSON"),
        (b"7", "no mention can be read: body: mention: expected a JSON object"),
        (b'{"text": "no date"}', "no mention can be read: body: published_at: missing"),
        (b"[" * 1000, "body: not JSON"),
        (b"[1" + b",1" * 1000, "body: not JSON"),
    ],
)
async def test_a_body_with_nothing_of_use_is_told_and_not_kept(
    pushed: Bench, body: bytes, told: str
) -> None:
    answer = await pushed.post(body)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(told)
    assert len(answer.content) < 5000
    assert pushed.untouched


async def test_items_are_bounded() -> None:
    async with bench() as pushed:
        answer = await pushed.post(b"[" + b"{}," * 20_000 + b"{}]")
        assert answer.status_code == 413
        assert pushed.untouched
