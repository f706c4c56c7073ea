"""A worker that can't go on asks for no more than it has room for."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from kafka import KafkaProducer

from detectors.records import Envelope, dumps
from listener.engines.kafka.flusher import Flusher
from sinks.publisher import Publisher
from tests.faults.recording import BRAND
from tests.faults.system import SECONDS, System
from tests.faults.waiting import wait_for
from tests.integration.backlog import PARTITIONS, said, tell_time
from tests.integration.test_kafka_recovery import MENTIONS, counted, make_system, make_worker

_RECORDS: Final = 6_000
# Eight batches of some four records, and what came with the request that filled them.
_MOST_HELD: Final = 1_500
_STOP_SECONDS: Final = 20


async def test_what_waits_for_a_worker_waits_on_the_broker(
    kafka: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = asyncio.Event()
    wait_for_room = Flusher.wait_for_room

    async def wait_to_go_on(flusher: Flusher) -> None:
        await go_on.wait()
        await wait_for_room(flusher)

    monkeypatch.setattr("listener.engines.kafka.batches.MAX_BYTES", 1024)
    monkeypatch.setattr(Flusher, "wait_for_room", wait_to_go_on)
    system = make_system(kafka, tmp_path)
    say_one_by_one(system)
    tell_time(system)
    worker = make_worker(tmp_path)
    publisher = Publisher([], on_settled=worker.publish.settled, dead_letter=worker.publish.buried)
    running = asyncio.create_task(worker.run(publisher))
    try:
        async with asyncio.timeout(SECONDS):
            await asyncio.to_thread(wait_for, lambda: worker.score.pending > 0)
            await asyncio.sleep(3)
            offsets = worker._app.consumer._read_offset
            read = {tp: at for tp, at in offsets.items() if tp.topic.endswith("mentions")}
            assert len(read) == PARTITIONS
            assert sum(at or 0 for at in read.values()) < _MOST_HELD

            go_on.set()
            found = 0
            while found < MENTIONS + _RECORDS and not running.done():
                found = await asyncio.to_thread(counted, system)
        assert not running.done(), running.exception()
        assert found == MENTIONS + _RECORDS
    finally:
        running.cancel()
        async with asyncio.timeout(_STOP_SECONDS):
            await worker.stop()


def say_one_by_one(system: System) -> None:
    """Each mention in an envelope of its own."""
    now = datetime.now(UTC)
    producer = KafkaProducer(bootstrap_servers=system.bootstrap, linger_ms=20)
    for number in range(_RECORDS):
        envelope = Envelope((said(1_000_000 + number, f"{BRAND[0]} is down, {number}", now),))
        value, partition = dumps(envelope.to_json()), number % PARTITIONS
        producer.send(f"{system.prefix}mentions", value, partition=partition)
    producer.flush()
    producer.close()
