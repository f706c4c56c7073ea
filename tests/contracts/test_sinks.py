"""What every sink has to do. A new sink adds a bench here, and a line to `BENCHES`."""

import asyncio
import io
import json
import logging
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from rich.console import Console

from detectors.records import Alert, Severity, Status
from sinks import SINKS, DeliveryError, JsonlSettings, KafkaSettings, Secret, Sink, SlackSettings
from sinks.console import ConsoleSettings, ConsoleSink
from sinks.jsonl import JsonlSink
from tests.contracts.alert_topics import new_topic, read_topic
from tests.unit.sinks.fakes import alert, hostile_alert, huge_alert

HUSH = "hushhush"


@dataclass(frozen=True)
class Bench:
    """A sink that works, one of the same type that doesn't, and what the former delivered."""

    working: Sink
    broken: Sink
    delivered: Callable[[], list[str]]
    retryable: bool


class Full(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError(28, "No space left on device")


@asynccontextmanager
async def console(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    file = io.StringIO()
    working = ConsoleSink(ConsoleSettings(), Console(file=file, width=100))
    broken = ConsoleSink(ConsoleSettings(), Console(file=Full()))
    yield Bench(working, broken, lambda: [file.getvalue()], retryable=False)


@asynccontextmanager
async def jsonl(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    directory: Path = request.getfixturevalue("tmp_path")
    file = directory / "alerts.jsonl"
    yield Bench(
        JsonlSettings(path=str(file)).build(),
        JsonlSink(JsonlSettings(path=str(directory / "missing" / "alerts.jsonl"))),
        lambda: file.read_text("utf-8").split("\n")[:-1],
        retryable=True,
    )


@asynccontextmanager
async def slack(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    received: list[str] = []

    async def take(request: web.Request) -> web.Response:
        received.append(await request.text())
        return web.Response(text="ok")

    application = web.Application()
    application.router.add_post(f"/services/{HUSH}", take)
    server = TestServer(application)
    await server.start_server(access_log=None)

    def settings(path: str) -> SlackSettings:
        url = Secret(str(server.make_url(path)))
        return SlackSettings(webhook_url=url, allow_http=True, allow_private=True)

    yield Bench(
        settings(f"/services/{HUSH}").build(),
        settings(f"/gone/{HUSH}").build(),
        lambda: list(received),
        retryable=False,
    )
    await server.close()


@asynccontextmanager
async def kafka(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    bootstrap: str = request.getfixturevalue("kafka")
    port: int = request.getfixturevalue("unused_tcp_port")
    topic = await asyncio.to_thread(new_topic, bootstrap)
    nobody = f"127.0.0.1:{port}"
    yield Bench(
        KafkaSettings(bootstrap=bootstrap, topic=topic, timeout=30.0).build(),
        KafkaSettings(bootstrap=nobody, timeout=1.0).build(),
        lambda: [value.decode() for _, value in read_topic(bootstrap, topic)],
        retryable=True,
    )


BENCHES = {"console": console, "jsonl": jsonl, "slack": slack, "kafka": kafka}


@pytest.fixture(
    params=[
        pytest.param(name, marks=[pytest.mark.kafka] if name == "kafka" else []) for name in BENCHES
    ]
)
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    async with BENCHES[request.param](request) as made:
        yield made
        await made.working.close()
        await made.broken.close()


def test_every_sink_is_on_a_bench() -> None:
    assert set(BENCHES) == set(SINKS)


async def test_it_delivers_every_change_of_an_incident_with_its_id(bench: Bench) -> None:
    for number, status in enumerate(Status):
        await bench.working.deliver(alert(alert_id=f"a1b2c3-{number}", status=status))
    for severity in Severity:
        await bench.working.deliver(alert(alert_id=f"d4e5f6-{severity}", severity=severity))
    delivered = "\n".join(bench.delivered())
    for number in range(len(Status)):
        assert f"a1b2c3-{number}" in delivered
    for severity in Severity:
        assert f"d4e5f6-{severity}" in delivered


@pytest.mark.parametrize("make", [hostile_alert, huge_alert])
async def test_it_delivers_whatever_outsiders_wrote(
    bench: Bench, make: Callable[[], Alert]
) -> None:
    await bench.working.deliver(make())
    delivered = bench.delivered()
    assert len(delivered) == 1
    assert "a1b2c3-2" in delivered[0]


async def test_no_control_character_of_an_outsider_gets_through(bench: Bench) -> None:
    await bench.working.deliver(hostile_alert())
    assert not set("\x00\x07\x1b\r") & set("".join(bench.delivered()))


async def test_the_same_alert_can_be_delivered_again(bench: Bench) -> None:
    await bench.working.deliver(alert())
    await bench.working.deliver(alert())
    assert "".join(bench.delivered()).count("a1b2c3-2") >= 2


async def test_it_can_be_closed_twice_used_or_not(bench: Bench) -> None:
    await bench.working.deliver(alert())
    for sink in (bench.working, bench.broken):
        await sink.close()
        await sink.close()


async def test_a_failure_is_classified_and_neither_it_nor_a_log_tells_a_secret(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(DeliveryError) as failure:
        await bench.broken.deliver(alert())
    assert failure.value.retryable is bench.retryable
    assert str(failure.value)
    assert HUSH not in "".join(traceback.format_exception(failure.value)) + caplog.text


async def test_after_a_failure_it_goes_on(bench: Bench) -> None:
    for _ in range(2):
        with pytest.raises(DeliveryError):
            await bench.broken.deliver(alert())


async def test_machines_read_back_what_was_sent(bench: Bench) -> None:
    """For the sinks that pass the record itself on."""
    await bench.working.deliver(alert())
    (delivered,) = bench.delivered()
    if bench.working.name in {"jsonl", "kafka"}:
        assert Alert.from_json(json.loads(delivered)) == alert()
    else:
        assert "96 negative mentions in 15 minutes where 8 are usual (12×)" in delivered
