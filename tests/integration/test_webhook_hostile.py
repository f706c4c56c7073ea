"""Whatever comes over the wire: a 4xx with the reason, and nothing reaches the engine."""

import asyncio
import gzip
import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, suppress
from datetime import timedelta
from typing import Final
from unittest.mock import patch

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sinks.secret import Secret
from tests.integration.webhook_bench import (
    BEARER,
    JSON,
    NOW,
    WHSEC,
    Bench,
    bench,
    said,
    standard,
)

ROOM: Final = "listener.connectors.webhook"
LIMIT: Final = 4096
GOOD: Final = json.dumps([said(1), said(2)]).encode()
Sent = tuple[dict[str, str], bytes]


@pytest.fixture
async def pushed() -> AsyncIterator[Bench]:
    async with bench(max_body=LIMIT) as made:
        yield made


def unsigned(body: bytes) -> Sent:
    return dict(JSON), body


def half_signed(body: bytes) -> Sent:
    headers = standard(body)
    del headers["webhook-timestamp"]
    return headers, body


def wrongly_signed(body: bytes) -> Sent:
    return standard(body + b"?"), body


def signed_in_another_version(body: bytes) -> Sent:
    headers = standard(body)
    headers["webhook-signature"] = headers["webhook-signature"].replace("v1,", "v2,")
    return headers, body


def replayed(body: bytes) -> Sent:
    return standard(body, at=NOW - timedelta(seconds=301)), body


def from_the_future(body: bytes) -> Sent:
    return standard(body, at=NOW + timedelta(seconds=301)), body


def truncated(body: bytes) -> Sent:
    return standard(body), body[:-1]


def truncated_before_it_was_signed(body: bytes) -> Sent:
    return standard(GOOD[: 1 + len(body) % 50]), GOOD[: 1 + len(body) % 50]


def oversized(body: bytes) -> Sent:
    large = GOOD + b" " * LIMIT + body
    return standard(large), large


def a_bomb(body: bytes) -> Sent:
    packed = gzip.compress(b" " * 100_000 + body)
    return standard(packed) | {"Content-Encoding": "gzip"}, packed


def not_utf_8(body: bytes) -> Sent:
    broken = b'{"text": "\xff\xfe"' + body
    return standard(broken), broken


def in_another_charset(body: bytes) -> Sent:
    return standard(body) | {"Content-Type": "application/json; charset=utf-16"}, body


def not_gzip(body: bytes) -> Sent:
    return standard(body) | {"Content-Encoding": "gzip"}, body


def half_gzip(body: bytes) -> Sent:
    packed = gzip.compress(GOOD + body)[:-1]
    return standard(packed) | {"Content-Encoding": "gzip"}, packed


def packed_otherwise(body: bytes) -> Sent:
    return standard(body) | {"Content-Encoding": "br"}, body


def a_form(body: bytes) -> Sent:
    return standard(body) | {"Content-Type": "application/x-www-form-urlencoded"}, body


FLAWS: Final[dict[Callable[[bytes], Sent], set[int]]] = {
    unsigned: {401},
    half_signed: {401},
    wrongly_signed: {401},
    signed_in_another_version: {401},
    replayed: {401},
    from_the_future: {401},
    truncated: {401},
    truncated_before_it_was_signed: {400},
    oversized: {413},
    a_bomb: {413},
    not_utf_8: {400},
    in_another_charset: {415},
    not_gzip: {400},
    half_gzip: {400},
    packed_otherwise: {415},
    a_form: {415},
}
# With a body that would be taken, or whatever else.
BODIES: Final = st.just(GOOD) | st.binary(min_size=1, max_size=200)


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as made:
        yield made


def test_every_flaw_gets_its_answer_and_changes_nothing(runner: asyncio.Runner) -> None:
    stack = AsyncExitStack()
    guarded = bench(max_body=LIMIT, auth="standard-webhooks", secret=Secret(WHSEC))
    pushed = runner.run(stack.enter_async_context(guarded))

    @settings(max_examples=150)
    @given(flaw=st.sampled_from(list(FLAWS)), body=BODIES)
    def each(flaw: Callable[[bytes], Sent], body: bytes) -> None:
        headers, content = flaw(body)
        answer = runner.run(pushed.post(content, headers))
        assert answer.status_code in FLAWS[flaw]
        assert answer.json()["error"]
        assert pushed.untouched

    each()
    for flaw in FLAWS:
        headers, content = flaw(GOOD)
        assert runner.run(pushed.post(content, headers)).status_code in FLAWS[flaw], flaw
    assert pushed.untouched
    assert runner.run(pushed.post(GOOD, standard(GOOD))).status_code == 202
    runner.run(stack.aclose())


TYPES: Final = st.sampled_from(
    [
        "application/json",
        "application/x-ndjson",
        "application/cloudevents+json",
        "application/cloudevents-batch+json",
        "text/plain; charset=\x7f",
        "",
    ]
)


def test_whatever_the_body_it_is_never_our_fault(runner: asyncio.Runner) -> None:
    stack = AsyncExitStack()
    pushed = runner.run(stack.enter_async_context(bench(max_body=LIMIT, items="a.b")))
    line = b"POST /mentions HTTP/1.1"
    answers: list[bytes] = []

    @settings(max_examples=100)
    @given(
        kind=TYPES,
        body=st.binary(max_size=50)
        | st.sampled_from(
            [b'{"a": {"b": [' + b"[" * 900, b'{"a": [[{"b": 1e999}]]}', b'"\\ud800"']
        ),
        line=st.just(line) | st.sampled_from([b"POST //x", b"GET * HTTP/1.1", b"\x16\x03\x01"]),
        more=st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=30),
    )
    def each(kind: str, body: bytes, line: bytes, more: str) -> None:
        head = [line, b"Host: x", f"Content-Type: {kind}".encode(), more.encode("latin-1")]
        head += [f"Authorization: {BEARER['Authorization']}".encode()]
        head += [f"Content-Length: {len(body)}".encode(), b"Connection: close", b"", b""]
        answers.append(answer := runner.run(raw(pushed, b"\r\n".join(head) + body)))
        assert not answer or re.match(rb"HTTP/1\.[01] 4", answer), answer
        assert b"token" not in answer.partition(b"\r\n\r\n")[2].replace(b"bearer token", b"")
        assert pushed.untouched

    each()
    assert any(answers)
    runner.run(stack.aclose())


async def raw(pushed: Bench, data: bytes) -> bytes:
    """The answer to these bytes; none where the connection is simply closed."""
    url = httpx.URL(pushed.url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(data)
    try:
        async with asyncio.timeout(20):
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


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
