"""The Mastodon connector against a real instance's protocol on loopback."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from aiohttp import web

from detectors.dedupe import Seen
from detectors.records import Deletion
from listener.connectors import Batch, RetryLater
from listener.connectors.http import SourceError
from listener.connectors.mastodon import MastodonConnector
from listener.connectors.mastodon.events import MAX_EVENT
from listener.connectors.mastodon.statuses import id_at
from sinks.net import OutboundError
from tests.sources.connectors import closing, texts
from tests.sources.mastodon import TOKEN, MastodonServer, Status, sent, status
from tests.sources.web import Reply, WebServer

NOW: Final = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
PUBLIC: Final = "/api/v1/timelines/public"
STREAM: Final = "/api/v1/streaming/public"


@pytest.fixture(autouse=True)
def short_fetches(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream that has no more to say is waited for no longer than needed."""
    monkeypatch.setattr("listener.connectors.mastodon.connector.LONGEST_FETCH", 0.25)


def said(number: int) -> Status:
    """A status a second after the one before."""
    return status(number, f"status {number}", NOW + timedelta(seconds=number - 100))


def update(number: int) -> bytes:
    return sent("update", said(number))


@asynccontextmanager
async def connected(server: MastodonServer, **changes: object) -> AsyncIterator[MastodonConnector]:
    async with server.running(), closing(MastodonConnector(server.having(**changes))) as connector:
        yield connector


async def all_of(connector: MastodonConnector, cursor: str | None, *, batches: int) -> list[Batch]:
    """What so many fetches bring, each going on where the one before came to."""
    brought: list[Batch] = []
    for _ in range(batches):
        brought.append(await connector.fetch(cursor, NOW))
        cursor = brought[-1].cursor
    return brought


async def test_brings_what_was_written_lately_and_then_what_is_being_written() -> None:
    server = MastodonServer([said(1), said(2)], [[update(3), b":thump\n", update(4)]])
    async with connected(server) as connector:
        brought = await all_of(connector, None, batches=2)
    assert [texts(batch) for batch in brought] == [
        ["status 1", "status 2"],
        ["status 3", "status 4"],
    ]
    assert brought[1].cursor == said(4)["id"]
    assert (brought[1].watermark, brought[1].done) == (None, False)
    began = id_at(NOW - timedelta(seconds=300))
    assert server.asked == [
        "/api/v2/instance",
        f"{PUBLIC}?limit=40&min_id={began}",
        STREAM,
        f"{PUBLIC}?limit=40&min_id={said(2)['id']}",
    ]


@pytest.mark.parametrize(
    ("changes", "timeline", "stream"),
    [
        ({"stream": "public/local"}, "local=true", "/api/v1/streaming/public/local"),
        (
            {"stream": "hashtag", "hashtag": "Zilvernet"},
            "/api/v1/timelines/tag/Zilvernet?",
            "/api/v1/streaming/hashtag?tag=Zilvernet",
        ),
    ],
)
async def test_one_s_own_people_or_a_hashtag_alone(
    changes: dict[str, object], timeline: str, stream: str
) -> None:
    server = MastodonServer()
    async with connected(server, **changes) as connector:
        await connector.fetch(None, NOW)
    assert timeline in server.asked[1]
    assert stream in server.asked


async def test_an_instance_from_before_4_0_is_asked_as_it_knows() -> None:
    server = MastodonServer([said(1)], [[update(2)]], knows_v2=False)
    async with connected(server) as connector:
        brought = await all_of(connector, None, batches=2)
    assert texts(*brought) == ["status 1", "status 2"]


async def test_goes_on_without_loss_whenever_the_stream_ends() -> None:
    everything = [said(number) for number in range(60)]
    streams = [[update(number) for number in range(at, at + 6)] for at in range(5, 60, 15)]
    server = MastodonServer(everything[:5], list(streams), hangs_up=True)
    brought: list[Batch] = []
    ended = 0
    async with connected(server) as connector:
        cursor: str | None = None
        while "status 59" not in texts(*brought):
            try:
                brought.append(await connector.fetch(cursor, NOW))
            except ConnectionError as error:
                ended += 1
                assert str(error) == "127.0.0.1 ended the stream"  # noqa: PT017 - one of many
                server.statuses = everything[: 5 + 15 * ended]
            else:
                cursor = brought[-1].cursor
            server.streams = server.streams or [()]
    assert ended >= 3
    new = Seen().only_new(mention for batch in brought for mention in batch.mentions)
    assert sorted(mention.text for mention in new) == sorted(
        f"status {number}" for number in range(60)
    )


async def test_after_a_gap_the_timeline_is_read_from_a_little_before() -> None:
    server = MastodonServer([said(number) for number in range(100)])
    async with connected(server) as connector:
        batch = await connector.fetch(str(said(90)["id"]), NOW)
    assert texts(batch)[0] == "status 31"  # behind those of a minute before status 90
    assert texts(batch)[-1] == "status 99"


async def test_a_long_gap_is_read_no_further_back_than_wanted() -> None:
    server = MastodonServer([said(number) for number in range(100)])
    async with connected(server, backfill=10.5) as connector:
        batch = await connector.fetch(str(said(0)["id"]), NOW)
    assert texts(batch) == [f"status {number}" for number in range(90, 100)]


async def test_edits_and_deletions_bear_the_id_of_what_was_said() -> None:
    remote = said(1) | {"uri": "https://Elsewhere.example/users/bo/statuses/77"}
    page = said(2) | {"uri": "https://blog.example/notes/9"}
    edited = said(1) | {"uri": remote["uri"], "content": "<p>mended</p>"}
    unknown = str(id_at(NOW))
    stream = [sent("status.update", edited)]
    stream += [sent("delete", str(told["id"])) for told in (said(0), remote, page)]
    stream += [sent("delete", unknown), sent("filters_changed", "")]
    server = MastodonServer([said(0), remote, page], [stream])
    async with connected(server) as connector:
        first, second = await all_of(connector, None, batches=2)
    ids = [mention.id for mention in first.mentions]
    own = f"127.0.0.1:{server.port}"
    assert ids[1:] == ["elsewhere.example/77", "https://blog.example/notes/9"]
    assert [(item.id, item.text) for item in second.mentions] == [(ids[1], "mended")]
    assert [item.id for item in second.deletions] == [
        ids[0],
        ids[1],
        ids[2],
        f"{own}/{unknown}",
    ]
    assert set(second.deletions) >= {Deletion("mastodon", id=ids[1])}
    assert second.rejections == ()


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
    ("headers", "wait"),
    [
        ({"Retry-After": "17"}, 17),
        ({"X-RateLimit-Reset": "2026-11-22T14:03:20.125Z"}, 200.125),
    ],
)
@pytest.mark.parametrize("path", ["/api/v2/instance", PUBLIC, STREAM])
async def test_an_instance_that_is_asked_too_often_says_when_to_come_back(
    path: str, headers: dict[str, str], wait: float
) -> None:
    server = MastodonServer()
    server.failing = {path: [web.Response(status=429, headers=headers)]}
    async with connected(server) as connector:
        with pytest.raises(RetryLater, match=r"^127\.0\.0\.1 answered 429$") as asked:
            await all_of(connector, None, batches=2)
    assert asked.value.wait == wait


async def test_a_quota_that_is_used_up_is_waited_for_and_what_came_is_kept() -> None:
    spent = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2026-11-22T14:00:40Z"}
    server = MastodonServer([said(number) for number in range(100)], headers=spent)
    async with connected(server) as connector:
        first = await connector.fetch(None, NOW)
        server.headers = {}
        server.failing = {PUBLIC: [web.Response(status=429, headers={"Retry-After": "9"})]}
        with pytest.raises(RetryLater):
            await connector.fetch(first.cursor, NOW)
        rest = await connector.fetch(first.cursor, NOW)
    assert (len(first.mentions), first.wait) == (40, 40.0)
    assert texts(first, rest) == [f"status {number}" for number in range(100)]


async def test_pages_that_came_before_trouble_are_handed_over() -> None:
    server = MastodonServer([said(number) for number in range(100)])
    server.failing = {STREAM: [web.Response(status=500) for _ in range(2)]}
    async with connected(server) as connector:
        batch = await connector.fetch(None, NOW)
        with pytest.raises(SourceError, match="answered 500"):
            await connector.fetch(batch.cursor, NOW)
    assert len(batch.mentions) == 100


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


async def test_an_instance_that_is_down_is_found_again_once_it_is_back() -> None:
    server = MastodonServer([said(1)])
    connector = MastodonConnector(MastodonServer(port=1).settings)
    with pytest.raises(OutboundError, match="can't connect"):
        await connector.fetch(None, NOW)
    await connector.close()
    async with connected(server) as connector:
        first = await connector.fetch(None, NOW)
        assert texts(first) == ["status 1"]
        await connector.fetch(first.cursor, NOW)
        port = server.port
    connector = MastodonConnector(server.settings)
    with pytest.raises(OutboundError):
        await connector.fetch(first.cursor, NOW)
    server.statuses = [said(1), said(2)]
    server.port = port
    async with server.running():
        assert texts(await connector.fetch(first.cursor, NOW)) == ["status 1", "status 2"]
        await connector.close()


@pytest.mark.parametrize(
    ("changes", "mend"),
    [
        ({"url": "http://a.example", "allow_http": False}, "url: .*https://"),
        ({"url": "https://a.example/@anna"}, "instance alone"),
        ({"token": ""}, "token: missing; .*read:statuses"),
        ({"token": "a\nb"}, "token: expected printable"),
        ({"stream": "hashtag"}, "hashtag: give it together"),
        ({"hashtag": "x"}, "hashtag: give it together"),
        ({"stream": "hashtag", "hashtag": "#x"}, "without the #"),
        ({"history": -1}, "history: expected 0"),
        ({"timeout": 0}, "timeout: expected"),
    ],
)
def test_settings_that_cannot_work_are_refused_with_the_mend(
    changes: dict[str, object], mend: str
) -> None:
    with pytest.raises(ValueError, match=mend):
        MastodonServer().having(**changes)
