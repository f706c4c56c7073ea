"""The sources on which every connector shows that it keeps the contract.

A new connector joins with one line in `CASES`: how to make one whose source holds `SAID` and
`UNREADABLE`, which is more than one portion.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Final
from unittest.mock import patch

import pytest

from detectors.records import Mention, dumps
from listener.connectors import ConnectorSettings
from listener.connectors.feed import FeedSettings
from listener.connectors.jetstream.settings import WireName
from listener.connectors.replay import ReplaySettings
from listener.connectors.webhook import WebhookSettings
from tests.integration.listener_command import free_port
from tests.sources.hackernews import HackerNewsServer, comment
from tests.sources.jetstream import JetstreamServer, post
from tests.sources.mastodon import MastodonServer, status
from tests.sources.pusher import Pusher
from tests.sources.reddit import RedditServer
from tests.sources.reddit import comment as reddit_comment
from tests.sources.web import Reply, WebServer
from tests.sources.x import XServer
from tests.sources.x import post as x_post
from tests.sources.youtube import YouTubeServer, thread

NOW: Final = datetime(2026, 1, 16, tzinfo=UTC)
START: Final = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)

SAID: Final = [
    Mention(
        id=str(number),
        text=f"text {number} – één 🚀",
        published_at=START + timedelta(seconds=number // 3),
        source="forum",
        kind="forum",
    )
    for number in range(1200)
]
UNREADABLE: Final = ("{", '{"text": "no date"}', '{"text": "", "published_at": 1768478400}')


@asynccontextmanager
async def replay_of_jsonl(folder: Path) -> AsyncIterator[ConnectorSettings]:
    path = folder / "said.jsonl"
    lines = [dumps(mention.to_json()) for mention in [*SAID[:700], SAID[7], *SAID[700:]]]
    lines[300:300] = [text.encode() for text in UNREADABLE]
    path.write_bytes(b"\n".join(lines))
    yield ReplaySettings(type="replay", path=path, speed=0)


@asynccontextmanager
async def replay_of_csv(folder: Path) -> AsyncIterator[ConnectorSettings]:
    path = folder / "said.csv"
    rows = [
        f'{said.id},"{said.text}",{said.published_at.isoformat()},forum,forum'
        for said in [*SAID, SAID[7]]
    ]
    rows[300:300] = ['x,"never closed,1,forum,forum', "x,y", "1,2,3,4,5,6"]
    path.write_text("\ufeffnr,body,date,source,kind\n" + "\n".join(rows), "utf-8")
    columns = {"id": "nr", "text": "body", "published_at": "date"}
    yield ReplaySettings(type="replay", path=path, speed=0, map=columns)


def jetstream(wire: WireName) -> Callable[[Path], AbstractAsyncContextManager[ConnectorSettings]]:
    @asynccontextmanager
    async def case(_: Path) -> AsyncIterator[ConnectorSettings]:
        begin = int(NOW.timestamp()) * 10**6
        frames = [
            post(begin + 50_000 * number, said.text, said.published_at.isoformat(), said.id)
            for number, said in enumerate(SAID)
        ]
        frames.append(frames[-1])
        frames[300:300] = [(begin + 15_000_000, text.encode()) for text in UNREADABLE]
        with pytest.MonkeyPatch.context() as patch:
            # The end of a live source is its silence.
            patch.setattr("listener.connectors.jetstream.connector.LONGEST_FETCH", 0.3)
            async with JetstreamServer(frames, wire=wire).running() as server:
                yield server.settings

    return case


@asynccontextmanager
async def mastodon(_: Path) -> AsyncIterator[ConnectorSettings]:
    statuses = [
        status(number, said.text, said.published_at) for number, said in enumerate(SAID, start=1)
    ]
    statuses.append(statuses[7])
    statuses[300:300] = [
        status(number, "", SAID[299].published_at, content=["no text"])
        for number in range(301, 304)
    ]
    with pytest.MonkeyPatch.context() as patch:
        # The end of a live source is its silence.
        patch.setattr("listener.connectors.mastodon.connector.LONGEST_FETCH", 0.3)
        async with MastodonServer(statuses).running() as server:
            yield server.having(history=86400.0, backfill=86400.0)


@asynccontextmanager
async def feed(_: Path) -> AsyncIterator[ConnectorSettings]:
    items = [
        f"<item><guid>{said.id}</guid><title>{said.text}</title>"
        f"<pubDate>{format_datetime(said.published_at)}</pubDate></item>"
        for said in SAID
    ]
    items.append(items[7])
    items[300:300] = [f"<item><guid>empty {number}</guid></item>" for number in range(3)]
    document = f'<rss version="2.0"><channel>{"".join(items)}</channel></rss>'
    async with WebServer(lambda _: Reply(document.encode())).running() as server:
        yield FeedSettings(type="feed", url=server.url(), allow_http=True, allow_private=True)


@asynccontextmanager
async def hackernews(_: Path) -> AsyncIterator[ConnectorSettings]:
    hits = [comment(said.id, said.text, int(said.published_at.timestamp())) for said in SAID]
    hits.append(hits[7])
    when = hits[300]["created_at_i"]
    hits[300:300] = [
        {"objectID": f"odd {number}", "comment_text": ["no text"], "created_at_i": when}
        for number in range(3)
    ]
    async with HackerNewsServer(hits).running() as settings:
        yield settings


@asynccontextmanager
async def x(_: Path) -> AsyncIterator[ConnectorSettings]:
    posts = [x_post(said.published_at, said.text, number) for number, said in enumerate(SAID)]
    posts.append(posts[7])
    posts[300:300] = [
        posts[300] | {"id": str(int(str(posts[300]["id"])) + odd), "text": ["no text"]}
        for odd in range(2_000_000, 2_000_003)
    ]
    async with XServer(posts).running() as settings:
        yield settings


@asynccontextmanager
async def youtube(_: Path) -> AsyncIterator[ConnectorSettings]:
    threads = [thread(said.id, said.published_at, said.text) for said in SAID]
    threads[300:300] = [
        {"snippet": {"topLevelComment": {"id": f"odd {odd}", "snippet": {}}}} for odd in range(3)
    ]
    async with YouTubeServer([threads[7], *threads[::-1]]).running() as settings:
        yield settings


@asynccontextmanager
async def reddit(_: Path) -> AsyncIterator[ConnectorSettings]:
    items = [reddit_comment(said.id, said.published_at.timestamp(), said.text) for said in SAID]
    items[300:300] = [reddit_comment(f"odd {number}", 0, "no date") for number in range(3)]
    # Reddit gives no more than 1,000 of each listing.
    posts, comments = items[:603], items[603:]
    async with RedditServer([comments[7], *comments[::-1]], posts[::-1]).running() as settings:
        yield settings


@asynccontextmanager
async def webhook(_: Path) -> AsyncIterator[ConnectorSettings]:
    """Its source pushes, and begins anew whenever somebody listens: there is no going back to a
    cursor. Its end is where nobody has pushed for a while, which is made short here."""
    lines = [dumps(said.to_json()) for said in [*SAID, SAID[7]]]
    lines[300:300] = [text.encode() for text in UNREADABLE]
    settings = WebhookSettings(type="webhook", auth="none", port=free_port())
    pusher = Pusher(settings.host, settings.port, settings.path, b"\n".join(lines))
    with patch("listener.connectors.webhook.connector._LONGEST_WAIT", 1.0):
        async with pusher.running():
            yield settings


CASES: Final[dict[str, Callable[[Path], AbstractAsyncContextManager[ConnectorSettings]]]] = {
    "replay-jsonl": replay_of_jsonl,
    "replay-csv": replay_of_csv,
    "jetstream-v1": jetstream("v1"),
    "jetstream-v2": jetstream("v2"),
    "mastodon": mastodon,
    "feed": feed,
    "hackernews": hackernews,
    "reddit": reddit,
    "youtube": youtube,
    "x": x,
    "webhook": webhook,
}
