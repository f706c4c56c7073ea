"""`listener fetch` as a process of its own, against a server on loopback."""

import asyncio
import json

import pytest

from listener.connectors import CONNECTORS
from tests.integration.listener_command import listener
from tests.sources.jetstream import JetstreamServer, account, deletion, post
from tests.sources.web import Reply, WebServer

FEED = b"""<rss version="2.0"><channel>
<item><guid isPermaLink="false">1</guid><title>Zilvernet is down</title></item>
<item><guid isPermaLink="false">2</guid><title>Zilvernet is back</title></item>
<item><guid isPermaLink="false">3</guid></item>
</channel></rss>"""
EMITTED = 1_795_000_000_000_000
ALLOWED = ("--set", "allow_http=true", "--set", "allow_private=true")


async def test_prints_mentions_and_tells_where_to_go_on() -> None:
    async with WebServer(lambda _: Reply(FEED)).running() as server:
        command = ("fetch", "feed", "--set", f"url={server.url()}", *ALLOWED)
        first = await asyncio.to_thread(listener, *command, "--limit", "1")
        *told, last = first.stderr.decode().splitlines()
        again = await asyncio.to_thread(listener, *command, "--cursor", last[len("cursor: ") :])
    assert first.returncode == again.returncode == 0
    assert [json.loads(line)["text"] for line in first.stdout.splitlines()] == ["Zilvernet is down"]
    assert told == [
        "listener: feed: 3: text: empty",
        "2 mentions (1 more left out by --limit); ask again in 300 s",
    ]
    assert again.stdout == b""
    assert again.stderr.startswith(b"0 mentions; ask again in 300 s\ncursor: {")


async def test_what_was_deleted_is_told_a_line_each() -> None:
    frames = [
        post(EMITTED, "Zilvernet ligt eruit", "2026-11-22T14:00:00Z", "a"),
        deletion(EMITTED + 1, "app.bsky.feed.post", "a"),
        account(EMITTED + 2, active=False, status="deleted"),
    ]
    async with JetstreamServer(frames).running() as server:
        command = ("fetch", "jetstream", "--set", f"url={server.settings.url}", *ALLOWED)
        done = await asyncio.to_thread(listener, *command, "--cursor", str(EMITTED))
    assert done.stderr.decode().splitlines() == [
        "deleted: bluesky at://did:plc:tester/app.bsky.feed.post/a",
        "deleted: bluesky all of did:plc:tester",
        "1 mentions, 2 deletions; ask again in 0 s",
        f"cursor: {EMITTED + 2}",
    ]


def test_a_recording_is_read_from_standard_input_at_the_first_call() -> None:
    row = b'{"id": "1", "text": "Zilvernet ligt eruit", "published_at": "2026-11-22T14:00:00Z"}\n'
    done = listener("fetch", "replay", "--set", "path=-", stdin=row)
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ["1"]
    assert done.stderr.startswith(b"1 mentions; there is no more\n")


async def test_hostile_ids_steer_no_terminal() -> None:
    feed = {"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "\x1b[2J"}]}
    async with WebServer(lambda _: Reply(json.dumps(feed).encode())).running() as server:
        done = await asyncio.to_thread(
            listener, "fetch", "feed", "--set", f"url={server.url()}", *ALLOWED
        )
    assert done.stderr.startswith(b"listener: feed: [2J: text: empty\n")


async def test_a_source_that_asks_for_a_pause_is_told_with_it() -> None:
    async with WebServer(lambda _: Reply(b"", 429, {"Retry-After": "7"})).running() as server:
        done = await asyncio.to_thread(
            listener, "fetch", "feed", "--set", f"url={server.url()}", *ALLOWED
        )
    assert done.returncode == 1
    assert done.stderr == b"listener: 127.0.0.1 answered 429; ask again in 7 s\n"


async def test_a_source_in_trouble_is_told_in_one_line() -> None:
    async with WebServer(lambda _: Reply(b"", 500)).running() as server:
        done = await asyncio.to_thread(
            listener, "fetch", "feed", "--set", f"url={server.url()}", *ALLOWED
        )
    assert done.returncode == 1
    assert (done.stdout, done.stderr) == (b"", b"listener: 127.0.0.1 answered 500\n")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("feeds",), f"no connector 'feeds'; there are: {', '.join(CONNECTORS)}"),
        (
            ("webhook",),
            "webhook: there is nothing to fetch, other tools push to it; configure it, start "
            "`listener run`, and send it a mention with curl (docs/connectors.md shows how)",
        ),
        (("feed",), "--set: feed.url: missing"),
        (("feed", "--set", "url"), "--set: expected KEY=VALUE, like url=https://example.com/feed"),
        (("feed", "--set", "url=[x"), "--set url: can't read the value as YAML"),
        (("replay", "--set", "path=x", "--set", "sped=3"), "--set: replay.sped: no such setting"),
        (
            ("hackernews", "--set", "every=0"),
            "--set: hackernews: every: expected 1 to 86400 seconds",
        ),
        (("replay", "--set", "path=no-such-file"), "no-such-file: no such file or directory"),
    ],
)
def test_what_is_wrong_with_the_call_is_told_with_the_mend(
    arguments: tuple[str, ...], told: str
) -> None:
    done = listener("fetch", *arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode() == f"listener: {told}\n"
