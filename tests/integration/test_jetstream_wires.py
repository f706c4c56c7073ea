"""The second wire of Jetstream, cursors that change wires, and compression."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from zstandard import ZstdCompressor, train_dictionary

from listener.connectors import Batch
from listener.connectors.jetstream import JetstreamConnector, JetstreamSettings
from listener.connectors.jetstream.connector import MAX_FRAME
from listener.connectors.jetstream.settings import WireName
from listener.errors import UsageError
from tests.sources.jetstream import Frame, JetstreamServer, post

pytestmark = pytest.mark.usefixtures("short_fetches")

NOW: Final = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
NOW_US: Final = int(NOW.timestamp()) * 10**6


def said(number: int) -> Frame:
    """A post a minute after the one before."""
    at = NOW + timedelta(minutes=number)
    return post(NOW_US + 60_000_000 * number, f"post {number}", at.isoformat(), f"r{number}")


def cursor(number: int, host: str) -> str:
    """Behind `said(number)`, which is the event after that number there."""
    seen = {"time_us": NOW_US + 60_000_000 * number, "seq": number + 1, "host": host}
    return json.dumps(seen, separators=(",", ":"))


def host(server: JetstreamServer) -> str:
    return f"127.0.0.1:{server.port}"


SAID: Final = [said(number) for number in range(10)]
LATER: Final = NOW + timedelta(hours=1)


async def fetched(
    settings: JetstreamSettings, at: str | None, *, times: int = 1, now: datetime = LATER
) -> Batch:
    """What the last of so many fetches brought."""
    connector = JetstreamConnector(settings)
    try:
        for _ in range(times):
            batch = await connector.fetch(at, now)
            at = batch.cursor
    finally:
        await connector.close()
    return batch


def texts(batch: Batch) -> list[str]:
    return [mention.text for mention in batch.mentions]


async def test_wire_v2_is_asked_for_kinds_and_collections() -> None:
    server = JetstreamServer(SAID, wire="v2")
    async with server.running():
        batch = await fetched(server.settings, None, now=NOW)
    assert server.queries == [
        {
            "collections": ["app.bsky.feed.post"],
            "kinds": ["commit", "account"],
            "cursor": [str(NOW_US - 5_000_000)],
            "maxMessageSizeBytes": [str(MAX_FRAME)],
        }
    ]
    assert texts(batch)[0] == "post 0"


async def test_wire_v2_goes_on_by_number() -> None:
    server = JetstreamServer(SAID, wire="v2")
    async with server.running():
        batch = await fetched(server.settings, cursor(6, host(server)))
    assert server.cursors == [7]
    assert texts(batch) == ["post 6", "post 7", "post 8", "post 9"]
    assert batch.cursor == cursor(9, host(server))


async def test_a_number_that_is_too_old_gives_way_to_its_time() -> None:
    server = JetstreamServer(SAID, wire="v2", floor=5)
    async with server.running():
        refused = await fetched(server.settings, cursor(1, host(server)))
        batch = await fetched(server.settings, cursor(1, host(server)), times=2)
    assert refused == Batch((), str(NOW_US + 60_000_000))
    assert texts(batch) == [f"post {number}" for number in range(4, 10)]  # all there still is


async def test_a_number_that_the_server_never_gave_gives_way_to_its_time() -> None:
    server = JetstreamServer(SAID, wire="v2")
    async with server.running():
        seen = {"time_us": NOW_US + 60_000_000 * 8, "seq": 5000, "host": host(server)}
        batch = await fetched(server.settings, json.dumps(seen), times=2)
    assert server.cursors == [5000, NOW_US + 60_000_000 * 8 - 5_000_000]
    assert texts(batch) == ["post 8", "post 9"]


async def test_a_bare_number_that_is_too_old_brings_the_oldest_there_is() -> None:
    server = JetstreamServer(SAID, wire="v2", floor=5)
    async with server.running():
        batch = await fetched(server.settings, "2", times=2)
    assert texts(batch)[0] == "post 4"


@pytest.mark.parametrize("other", ["elsewhere.example", "127.0.0.1", "127.0.0.1:1"])
async def test_another_server_s_number_means_nothing_and_its_time_does(other: str) -> None:
    server = JetstreamServer(SAID, wire="v2")
    async with server.running():
        batch = await fetched(server.settings, cursor(6, other))
    assert server.cursors == [NOW_US + 60_000_000 * 6 - 5_000_000]
    assert texts(batch) == ["post 6", "post 7", "post 8", "post 9"]


async def test_a_cursor_serves_the_other_wire_by_its_time() -> None:
    cases: list[tuple[WireName, str]] = [
        ("v1", cursor(6, "elsewhere.example")),
        ("v2", str(NOW_US + 360_000_000)),
    ]
    for wire, before in cases:
        server = JetstreamServer(SAID, wire=wire)
        async with server.running():
            batch = await fetched(server.settings, before)
        assert texts(batch) == ["post 6", "post 7", "post 8", "post 9"]


async def test_a_bare_number_is_refused_on_wire_v1_with_the_mend() -> None:
    with pytest.raises(UsageError, match=r"cursor 17 is a sequence number .* set wire: v2"):
        await fetched(JetstreamServer().settings, "17")


def trained() -> bytes:
    """A dictionary, as wire v1's comes in a file."""
    return train_dictionary(4000, [said(number)[1] for number in range(500)]).as_bytes()


@pytest.mark.parametrize("wire", ["v1", "v2"])
async def test_frames_are_unpacked_with_the_dictionary(wire: WireName, tmp_path: Path) -> None:
    path = tmp_path / "zstd_dictionary"
    path.write_bytes(trained())
    server = JetstreamServer(SAID, wire=wire, dictionary=trained())
    async with server.running():
        settings = server.having(compress=True, zstd_dictionary=path)
        batch = await fetched(settings, None, now=NOW)
    asked = server.queries[0]
    assert asked.get("compress") == (["true"] if wire == "v1" else None)
    assert ("zstdDictionary" in asked) == (wire == "v2")
    assert texts(batch) == [f"post {number}" for number in range(10)]
    assert batch.rejections == ()


async def test_a_dictionary_that_the_server_has_replaced_is_told_with_the_mend(
    tmp_path: Path,
) -> None:
    path = tmp_path / "zstd_dictionary"
    path.write_bytes(trained())
    server = JetstreamServer(SAID, wire="v2")
    async with server.running():
        settings = server.having(compress=True, zstd_dictionary=path)
        with pytest.raises(ConnectionError, match=r"answered 400 .*getZstdDictionary"):
            await fetched(settings, None)


async def test_what_cannot_be_unpacked_is_handed_over_and_stops_nothing(tmp_path: Path) -> None:
    path = tmp_path / "zstd_dictionary"
    path.write_bytes(trained())
    bomb = ZstdCompressor().compress(b" " * 50_000_000)
    unsized = ZstdCompressor().compressobj()
    streamed = unsized.compress(b" " * 50_000_000) + unsized.flush()
    frames = [(NOW_US, data) for data in (b"{}", b"", bomb, streamed, bomb[:20])]
    server = JetstreamServer(frames)  # as they are: nothing packs them
    async with server.running():
        batch = await fetched(server.having(compress=True, zstd_dictionary=path), None, now=NOW)
    codes = [rejection.code for rejection in batch.rejections]
    assert codes == ["not_zstd", "not_zstd", "too_large", "not_zstd", "too_large"]


async def test_without_a_dictionary_wire_v1_compresses_by_deflate() -> None:
    server = JetstreamServer(SAID)
    async with server.running():
        plain = await fetched(server.settings, None, now=NOW)
        batch = await fetched(server.having(compress=True), None, now=NOW)
    assert plain.mentions == batch.mentions
    assert server.extensions[0] is None
    assert "permessage-deflate" in (server.extensions[1] or "")


@pytest.mark.parametrize(("content", "why"), [(None, "no such file"), (b"words", "is no zstd")])
def test_a_dictionary_that_is_none_is_told_by_its_file(
    content: bytes | None, why: str, tmp_path: Path
) -> None:
    path = tmp_path / "zstd_dictionary"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=f"zstd_dictionary: .*{why}"):
        JetstreamConnector(JetstreamServer().having(compress=True, zstd_dictionary=path))


@pytest.mark.parametrize(
    ("changes", "mend"),
    [
        ({"wire": "v2"}, "this url speaks v1; set wire: v1"),
        ({"url": "ws://a.example/xrpc/network.bsky.jetstream.subscribeEvents"}, "set wire: v2"),
        ({"wire": "v2", "url": "", "compress": True}, "getZstdDictionary"),
        ({"zstd_dictionary": Path("x")}, "set compress: true"),
        ({"dids": ("alice.example",)}, "begin with did:"),
        ({"dids": ("did:plc:a",) * 101}, "up to 100"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(
    changes: dict[str, object], mend: str
) -> None:
    with pytest.raises(ValueError, match=mend):
        JetstreamServer().having(**changes)
