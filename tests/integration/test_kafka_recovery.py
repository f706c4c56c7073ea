"""What Faust fetches while it asks the broker what is committed, as partitions have come in."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from prometheus_client import CollectorRegistry

from listener.engines.kafka.batches import BatchConsumer
from listener.engines.kafka.records import parse_tally_record
from listener.engines.kafka.topics import Topics
from listener.engines.kafka.worker import Worker
from listener.metrics import Metrics
from listener.settings import load_settings
from sinks.publisher import Publisher
from tests.faults.recording import BRAND, make_recording
from tests.faults.system import SECONDS, System
from tests.integration.backlog import PARTITIONS, Backlog, know_the_past, tell_time

MENTIONS: Final = 300
_STOP_SECONDS: Final = 20


async def test_none_of_it_is_lost_where_nothing_is_committed_yet(
    kafka: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    perform_seek = BatchConsumer.perform_seek

    async def perform_slow_seek(consumer: BatchConsumer) -> None:
        await asyncio.sleep(1)
        await perform_seek(consumer)

    monkeypatch.setattr(BatchConsumer, "perform_seek", perform_slow_seek)
    system = make_system(kafka, tmp_path)
    worker = make_worker(tmp_path)
    publisher = Publisher([], on_settled=worker.publish.settled, dead_letter=worker.publish.buried)
    running = asyncio.create_task(worker.run(publisher))
    try:
        async with asyncio.timeout(SECONDS):
            found = 0
            while found < MENTIONS and not running.done():
                found = await asyncio.to_thread(counted, system)
        assert not running.done(), running.exception()
        assert found == MENTIONS
    finally:
        running.cancel()
        async with asyncio.timeout(_STOP_SECONDS):
            await worker.stop()


def make_system(kafka: str, directory: Path) -> System:
    """Topics with some mentions on them, and a row that is to be recovered."""
    recording = directory / "recording.jsonl"
    make_recording(recording, seed=8, mentions=10)
    prefix = f"recovery-{uuid.uuid4().hex[:8]}."
    system = System(directory, recording, BRAND, bootstrap=kafka, prefix=prefix, partitions=2)
    with system.start("topics") as topics:
        topics.finish()
    know_the_past(system, datetime.now(UTC) - timedelta(minutes=20))
    Backlog(system).pile_up(waiting=0, flood=MENTIONS)
    tell_time(system)
    return system


def make_worker(directory: Path) -> Worker:
    settings = load_settings(directory / "listener.yaml")
    return Worker(
        settings.brokers,
        Topics(settings.kafka),
        settings.pipeline,
        observer=Metrics(CollectorRegistry()),
        early_warning_after=60,
    )


def counted(system: System) -> int:
    """The mentions in all tallies that were sent."""
    tallies = [
        tally
        for record in system.on_topic("tallies")
        for tally in parse_tally_record(record.value, PARTITIONS).tallies
    ]
    return sum(bucket.counts.mentions for tally in tallies for bucket in tally.buckets.values())
