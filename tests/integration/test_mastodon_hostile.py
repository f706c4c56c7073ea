"""Answers and streams of Mastodon that are broken or hostile: each is told, and costs little."""

import asyncio
import json
from contextlib import suppress
from datetime import timedelta

import pytest
from aiohttp import web

from listener.connectors import Batch
from listener.connectors.http import SourceError
from listener.connectors.mastodon import MastodonConnector
from listener.connectors.mastodon.events import MAX_EVENT
from listener.connectors.mastodon.statuses import id_at
from sinks.net import OutboundError
from tests.integration.mastodon_bench import NOW, PUBLIC, STREAM, all_of, connected, said, update
from tests.sources.connectors import texts
from tests.sources.mastodon import TOKEN, MastodonServer, Status, sent
from tests.sources.web import Reply, WebServer

pytestmark = pytest.mark.usefixtures("short_fetches")


async def test_garbage_is_handed_over_and_stops_nothing() -> None:
    odd: Status = {"id": "no number", "content": "x"}
    stream = [
        sent("update", "{"),
        sent("update", "[]"),
        sent("delete", "all"),
        b"event: update\ndata: \xff\xfe\n\n",
        b"neither: known\nnor\n\n",
        sent("update", said(2) | {"content": None}),
        sent("update", said(2) | {"uri": " "}),
        update(3),
    ]
    server = MastodonServer([said(1)], [stream])
    async with connected(server) as connector:
        brought = await all_of(connector, None, batches=2)
    assert texts(*brought) == ["status 1", "status 3"]
    codes = [rejection.code for rejection in brought[1].rejections]
    assert codes == [
        "not_json",
        "not_an_object",
        "bad_field",
        "not_json",
        "missing_text",
        "missing_field",
    ]
    assert len({rejection.where for rejection in brought[1].rejections}) == 6
    server = MastodonServer()
    server.failing = {PUBLIC: [web.json_response([odd, said(4)])]}
    async with connected(server) as connector:
        batch = await connector.fetch(None, NOW)
    assert texts(batch) == ["status 4"]
    assert batch.rejections[0].reason == "id: expected a string of digits"


async def test_a_page_of_more_than_was_asked_for_is_not_taken_whole() -> None:
    server = MastodonServer()
    everything = [said(number) for number in range(100)]
    server.failing = {PUBLIC: [web.json_response(everything[::-1])]}
    async with connected(server) as connector:
        batch = await connector.fetch(None, NOW)
    assert texts(batch) == [f"status {number}" for number in range(40)]


async def test_an_id_far_ahead_does_not_carry_the_cursor_away() -> None:
    ahead = said(1) | {"id": str(id_at(NOW + timedelta(days=3)))}
    async with connected(MastodonServer((), [[sent("update", ahead)]])) as connector:
        batch = await connector.fetch(None, NOW)
    assert texts(batch) == ["status 1"]
    assert int(batch.cursor) <= id_at(NOW + timedelta(minutes=5))


@pytest.mark.parametrize(
    ("status_code", "told"),
    [
        (401, r"refuses the token \(401\): .*read:statuses"),
        (403, r"refuses the token \(403\)"),
        (404, "is it a Mastodon instance"),
        (500, "answered 500"),
        (503, "answered 503"),
        (302, "redirects"),
    ],
)
async def test_what_is_refused_is_told_without_the_token(status_code: int, told: str) -> None:
    server = MastodonServer()
    headers = {"Location": "http://localhost:9/"} if status_code == 302 else {}
    server.failing = {PUBLIC: [web.Response(status=status_code, headers=headers)]}
    async with connected(server) as connector:
        with pytest.raises(SourceError, match=told) as failed:
            await connector.fetch(None, NOW)
    assert TOKEN not in str(failed.value)


async def test_a_token_that_is_wrong_is_refused() -> None:
    server = MastodonServer()
    async with connected(server, token=TOKEN.upper()) as connector:
        with pytest.raises(SourceError, match="refuses the token"):
            await connector.fetch(None, NOW)


@pytest.mark.parametrize(
    "body", [b"{", b"{}", b'"no list"', b" " * 50_000_000], ids=["broken", "object", "text", "huge"]
)
async def test_an_answer_of_another_shape_is_refused(body: bytes) -> None:
    server = MastodonServer()
    server.failing = {PUBLIC: [web.Response(body=body)]}
    async with connected(server) as connector:
        with pytest.raises(SourceError, match=r"^127\.0\.0\.1 answered with"):
            await connector.fetch(None, NOW)


@pytest.mark.parametrize(
    "data",
    [
        b"data: " + b"x" * 50_000_000,
        b"data: x\r\n" * 5_000_000,
        (update(1) + b"data: ").ljust(MAX_EVENT + 100_000, b"x"),
    ],
    ids=["line", "lines", "later"],
)
async def test_an_event_without_end_is_not_read_into_memory(data: bytes) -> None:
    async with connected(MastodonServer((), [[data]])) as connector:
        with pytest.raises(SourceError, match=f"an event of more than {MAX_EVENT} bytes"):
            await all_of(connector, None, batches=3)


async def test_a_stream_that_is_none_is_told() -> None:
    server = MastodonServer()
    server.failing = {STREAM: [web.json_response({}), web.Response(headers={
        "Content-Type": "text/event-stream", "Content-Encoding": "br"})]}  # fmt: skip
    async with connected(server) as connector:
        with pytest.raises(SourceError, match="something else than events"):
            await connector.fetch(None, NOW)
        with pytest.raises(SourceError, match="encoding"):
            await connector.fetch(None, NOW)


@pytest.mark.parametrize(
    ("streaming", "told"),
    [
        ("wss://127.0.0.1:1", "can't connect to 127"),
        ("wss://example.com:port", "what is no URL"),
        ("wss://user:pass@example.com", "an unfit address"),
    ],
)
async def test_where_an_instance_says_that_it_streams_is_guarded(streaming: str, told: str) -> None:
    async with connected(MastodonServer(streaming=streaming)) as connector:
        with pytest.raises((SourceError, OutboundError), match=told):
            await connector.fetch(None, NOW)


async def test_a_private_address_is_refused_unless_allowed() -> None:
    connector = MastodonConnector(MastodonServer(port=9).having(allow_private=False))
    with pytest.raises(OutboundError, match="no public address"):
        await connector.fetch(None, NOW)
    await connector.close()


async def test_an_answer_that_drips_is_given_up() -> None:
    async with WebServer(lambda _: Reply(b"{}" * 500, drips=True)).running() as server:
        settings = MastodonServer(port=server.port).having(timeout=0.3)
        connector = MastodonConnector(settings)
        with pytest.raises(OutboundError, match=r"no full answer within 0\.3 s"):
            await connector.fetch(None, NOW)
        await connector.close()


async def test_a_stream_that_drips_holds_up_neither_fetch_nor_close() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1]
        with suppress(ConnectionError):
            if b"/streaming/" in asked:
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: ")
                while True:
                    writer.write(b"x")
                    await writer.drain()
                    await asyncio.sleep(0.02)
            body = b"[]" if b"timelines" in asked else instance
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        writer.close()

    server = await asyncio.start_server(handler, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    urls = {"streaming_api": f"ws://127.0.0.1:{port}"}
    instance = json.dumps({"uri": "mastodon.example", "urls": urls}).encode()
    connector = MastodonConnector(MastodonServer(port=port).settings)
    async with asyncio.timeout(5):
        first = await connector.fetch(None, NOW)
        second = await connector.fetch(first.cursor, NOW)
        await connector.close()
    server.close()
    assert first == second == Batch((), str(id_at(NOW - timedelta(seconds=300))))


async def test_a_stream_without_even_a_heartbeat_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("listener.connectors.mastodon.api._SILENCE", 0.3)
    async with connected(MastodonServer()) as connector:
        with pytest.raises(ConnectionError, match=r"^127\.0\.0\.1 broke off: ReadTimeout$"):
            await all_of(connector, None, batches=5)
