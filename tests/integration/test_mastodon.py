"""The Mastodon connector against an instance on loopback: what it brings, and going on."""

from datetime import timedelta

import pytest
from aiohttp import web

from detectors.dedupe import Seen
from detectors.records import Deletion
from listener.connectors import Batch, RetryLater
from listener.connectors.http import SourceError
from listener.connectors.mastodon import MastodonConnector
from listener.connectors.mastodon.statuses import id_at
from sinks.net import OutboundError
from tests.integration.mastodon_bench import NOW, PUBLIC, STREAM, all_of, connected, said, update
from tests.sources.connectors import texts
from tests.sources.mastodon import MastodonServer, sent

pytestmark = pytest.mark.usefixtures("short_fetches")


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
