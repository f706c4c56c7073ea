"""The Slack sink against an HTTP server on loopback that answers as Slack does."""

import asyncio
import json
import logging
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from detectors.records import Alert
from sinks import DeliveryError, Outcome, Publisher, Route, Secret, SlackSettings
from sinks.net import Outbound
from sinks.slack import SlackSink
from tests.unit.sinks.fakes import alert, hostile_alert

HUSH = "/services/T00/B00/hushhush"
DRAIN_SECONDS = 20.0


class FakeSlack:
    """Answers each post with the next of `answers`, and "200 ok" when there are none left."""

    def __init__(self) -> None:
        self.received: list[dict[str, object]] = []
        self.visited: list[str] = []
        self.answers: list[web.Response | Callable[[], Awaitable[web.Response]]] = []
        self.url = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.visited.append(f"{request.method} {request.path}")
        assert request.content_type == "application/json"
        self.received.append(json.loads(await request.read()))
        if not self.answers:
            return web.Response(text="ok")
        answer = self.answers.pop(0)
        return answer if isinstance(answer, web.Response) else await answer()

    def settings(self, **changes: object) -> SlackSettings:
        given: dict[str, object] = {
            "webhook_url": Secret(self.url),
            "allow_http": True,
            "allow_private": True,
            "timeout": 5.0,
        }
        return SlackSettings(**{**given, **changes})  # type: ignore[arg-type]  # real fields


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    fake = FakeSlack()
    application = web.Application()
    application.router.add_route("*", "/{anything:.*}", fake.handle)
    server = TestServer(application)
    # The access log would show the secret, and it is ours that must not.
    await server.start_server(access_log=None)
    fake.url = str(server.make_url(HUSH))
    yield fake
    await server.close()


async def publish(slack: FakeSlack, *alerts: Alert) -> tuple[list[str], list[float]]:
    """Deliver through a publisher: what was told of each alert, and the waits (not waited for)."""
    told: list[str] = []
    waits: list[float] = []

    async def on_settled(alert: Alert, sink: str, outcome: Outcome) -> None:
        told.append(outcome.value)

    async def dead_letter(alert: Alert, sink: str, error: str) -> None:
        told.append(error)

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        if seconds == DRAIN_SECONDS:
            await asyncio.sleep(seconds)

    publisher = Publisher(
        [Route(slack.settings().build())],
        on_settled=on_settled,
        dead_letter=dead_letter,
        sleep=sleep,
        random=lambda: 1.0,
    )
    publisher.start()
    for one in alerts:
        await publisher.submit(one)
    assert await publisher.drain(DRAIN_SECONDS)
    await publisher.close()
    waits.remove(DRAIN_SECONDS)
    return told, waits


async def test_a_message_arrives_as_json_that_slack_can_read(slack: FakeSlack) -> None:
    sink = slack.settings().build()
    await sink.deliver(alert())
    await sink.deliver(hostile_alert())
    await sink.close()
    assert slack.visited == [f"POST {HUSH}"] * 2
    assert str(slack.received[0]["text"]).startswith("Crisis: Acme Telecom")
    assert "a1b2c3-2" in json.dumps(slack.received[0]["blocks"])


async def test_when_slack_is_busy_the_same_alert_is_sent_again_after_as_long_as_it_asked(
    slack: FakeSlack,
) -> None:
    slack.answers = [web.Response(status=429, headers={"Retry-After": "7"}, text="rate_limited")]
    told, waits = await publish(slack, alert())
    assert told == ["delivered"]
    assert waits == [7.0]
    assert slack.received[0] == slack.received[1]


async def test_trouble_of_slacks_own_passes(slack: FakeSlack) -> None:
    slack.answers = [web.Response(status=500, text="rollup_error"), web.Response(status=503)]
    told, waits = await publish(slack, alert())
    assert told == ["delivered"]
    assert waits == [1.0, 2.0]
    assert len(slack.received) == 3


async def test_a_redirect_is_not_followed_and_the_alert_is_not_taken_for_delivered(
    slack: FakeSlack,
) -> None:
    slack.answers = [web.Response(status=302, headers={"Location": f"{slack.url}/elsewhere"})]
    told, _ = await publish(slack, alert())
    assert told == [
        "answered 302 redirect, which is not followed: check the webhook's URL",
        "dead",
    ]
    assert slack.visited == [f"POST {HUSH}"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((400, "invalid_payload"), "answered 400 invalid_payload: Slack can't read the message"),
        ((403, "action_prohibited"), "answered 403 action_prohibited: an administrator restricts"),
        ((404, "no_service"), "answered 404 no_service: the webhook is gone or switched off"),
        ((410, "channel_is_archived"), "answered 410 channel_is_archived: choose a channel"),
        ((404, f"no such page: {HUSH}"), "answered 404"),
        ((200, "<html>please log in to the wifi</html>"), "answered 200 but not with Slack's"),
    ],
)
async def test_what_stays_wrong_is_a_dead_letter_and_the_next_alert_goes_out(
    slack: FakeSlack, answer: tuple[int, str], error: str
) -> None:
    slack.answers = [web.Response(status=answer[0], text=answer[1])]
    told, waits = await publish(slack, alert(alert_id="1"), alert(alert_id="2"))
    assert told[0].startswith(error)
    assert told[1:] == ["dead", "delivered"]
    assert waits == []


async def test_an_answer_that_never_comes_can_be_tried_again(slack: FakeSlack) -> None:
    async def never() -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    slack.answers = [never]
    sink = slack.settings(timeout=0.2).build()
    with pytest.raises(DeliveryError, match=r"gave no full answer within 0\.2 s") as failure:
        await sink.deliver(alert())
    assert failure.value.retryable
    await sink.close()


async def test_a_refused_connection_can_be_tried_again(unused_tcp_port: int) -> None:
    sink = SlackSettings(
        webhook_url=Secret(f"http://127.0.0.1:{unused_tcp_port}{HUSH}"),
        allow_http=True,
        allow_private=True,
    ).build()
    with pytest.raises(DeliveryError, match=r"can't connect to 127\.0\.0\.1") as failure:
        await sink.deliver(alert())
    assert failure.value.retryable
    await sink.close()


async def test_an_address_inside_is_refused_unless_allowed(slack: FakeSlack) -> None:
    sink = slack.settings(allow_private=False).build()
    with pytest.raises(DeliveryError, match="has no public address; set allow_private") as failure:
        await sink.deliver(alert())
    assert not failure.value.retryable
    assert slack.visited == []
    await sink.close()


@pytest.mark.parametrize(
    "way",
    ["200", "302", "400", "404", "429", "500", "slow", "refused", "inside", "lookup", "tls",
     "broken"],
)  # fmt: skip
async def test_the_webhooks_url_leaks_on_no_way_of_failing(
    slack: FakeSlack, way: str, caplog: pytest.LogCaptureFixture, unused_tcp_port: int
) -> None:
    caplog.set_level(logging.DEBUG)
    never = asyncio.Event()

    async def slow() -> web.Response:
        await never.wait()
        return web.Response(text="ok")

    async def unknown(host: str, port: int) -> Sequence[str]:
        raise OSError(f"no {slack.url}")

    outbound: Outbound | None = None
    changes: dict[str, object] = {"timeout": 0.5}
    match way:
        case "slow":
            slack.answers = [slow]
        case "refused":
            changes["webhook_url"] = Secret(f"http://127.0.0.1:{unused_tcp_port}{HUSH}")
        case "inside":
            changes["allow_private"] = False
        case "lookup":
            outbound = Outbound(allow_http=True, resolve=unknown)
        case "tls":
            changes["webhook_url"] = Secret(slack.url.replace("http://", "https://"))
        case "broken":
            changes["webhook_url"] = Secret(slack.url.replace(HUSH, f"/{'x' * 9000}hushhush"))
        case _:
            slack.answers = [
                web.Response(status=int(way), text=slack.url, headers={"Location": slack.url})
            ]
    sink = SlackSink(slack.settings(**changes), outbound)
    with pytest.raises(DeliveryError) as failure:
        await sink.deliver(alert())
    never.set()
    await sink.close()
    shown = "".join(traceback.format_exception(failure.value)) + repr(failure.value) + caplog.text
    shown += repr(vars(failure.value)) + repr(failure.value.__cause__)
    assert str(failure.value)
    assert "hushhush" not in shown
    assert "/services/" not in shown


async def test_a_success_shows_the_url_in_no_log_either(
    slack: FakeSlack, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sink = slack.settings().build()
    await sink.deliver(alert())
    await sink.close()
    assert slack.received
    assert caplog.records
    assert "hushhush" not in caplog.text
