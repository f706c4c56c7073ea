"""The broker goes away while the service runs."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from listener.engines.kafka.log import KafkaLog
from listener.engines.kafka.topics import Topics, prepare_topics
from listener.ingest import Portion
from listener.settings import KafkaSettings
from sinks.brokers import Brokers
from tests.faults.oracle import distinct, expect
from tests.faults.recording import BRAND, make_recording
from tests.faults.system import SECONDS, System
from tests.faults.waiting import wait_for
from tests.kafka.broker import Broker
from tests.kafka.settings import free_ports


async def test_ingest_waits_for_a_broker_that_takes_nothing_for_longer_than_it_asks(
    kafka_broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("listener.engines.kafka.log._ACK_SECONDS", 0.5)
    monkeypatch.setattr("listener.engines.kafka.log._RETRY_SECONDS", 0.1)
    brokers = Brokers((kafka_broker.bootstrap,))
    settings = KafkaSettings(partitions=1)
    prepare_topics(brokers, settings)
    mentions = KafkaLog(brokers, Topics(settings), tmp_path)
    await mentions.append(Portion(connector="c", cursor="1", watermark=at(1)))
    kafka_broker.pause()
    waiting = asyncio.create_task(
        mentions.append(Portion(connector="c", cursor="2", watermark=at(2)))
    )
    async with asyncio.timeout(SECONDS):
        while not mentions.why_not_ready:  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0.05)
    kafka_broker.resume()
    async with asyncio.timeout(SECONDS):
        await waiting
    assert mentions.why_not_ready == ""
    assert await mentions.cursor("c") == "2"
    await mentions.close()


def at(minute: int) -> datetime:
    return datetime(2026, 3, 2, 12, minute, tzinfo=UTC)


def test_without_a_broker_sigterm_still_ends_it_and_the_next_start_goes_on(
    kafka_broker: Broker, tmp_path: Path
) -> None:
    path = tmp_path / "recording.jsonl"
    make_recording(path, seed=7, mentions=600)
    expected = expect(path, BRAND)

    def system(speed: float) -> System:
        bootstrap = kafka_broker.bootstrap
        return System(tmp_path, path, BRAND, bootstrap=bootstrap, partitions=2, speed=speed)

    with system(5_000).start("run") as listener:
        wait_for(lambda: "partitions assigned" in listener.log or not listener.running)
        kafka_broker.stop()
        assert listener.running, listener.log
        # It would wait for the broker for as long as that takes.
        assert listener.stop(SECONDS) == 0, listener.log
    kafka_broker.start()
    system(0).run()
    assert distinct(system(0).delivered()) == expected.alerts


def test_a_worker_that_has_nothing_to_do_says_that_the_broker_is_away_and_when_it_is_back(
    kafka_broker: Broker, tmp_path: Path
) -> None:
    path = tmp_path / "recording.jsonl"
    path.touch()
    bootstrap, (port,) = kafka_broker.bootstrap, free_ports(1)
    system = System(tmp_path, path, BRAND, bootstrap=bootstrap, prefix="idle.", port=port)
    with system.start("topics") as topics:
        topics.finish()
    with system.start("worker") as worker:
        wait_for(lambda: not system.why_not_ready() or not worker.running)
        kafka_broker.kill()
        wait_for(lambda: "acknowledges nothing" in system.why_not_ready() or not worker.running)
        kafka_broker.start()
        wait_for(lambda: not system.why_not_ready() or not worker.running)
        assert worker.stop() == 0, worker.log
