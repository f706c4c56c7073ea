"""A flaw in a request gets a 4xx with the reason, and nothing reaches the engine."""

import asyncio
import gzip
import re
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Final

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sinks.secret import Secret
from tests.integration.webhook_bench import (
    BEARER,
    GOOD,
    JSON,
    LIMIT,
    NOW,
    WHSEC,
    Bench,
    bench,
    standard,
)

Sent = tuple[dict[str, str], bytes]


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
