"""A worker killed before any one of its sends, and one that goes on when it no longer should."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from detectors.records import Envelope, Mention, dumps
from detectors.records.times import from_epoch
from detectors.scoring import STEP
from listener.engines.kafka.log import partition_of
from listener.engines.kafka.records import Outgoing
from listener.recordings import Layout, Recording
from tests.faults.oracle import Expected, counts_in, distinct, expect
from tests.faults.recording import BRAND, make_recording
from tests.unit.kafka.kafka_stages import NOW, PARTITIONS, TOPICS, MemoryBroker, MemoryWorker

_BATCH = 24
_IN_ENVELOPE = 5


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recording") / "recording.jsonl"
    make_recording(path, seed=11, mentions=240, quiet_hours=3)
    return path


@pytest.fixture(scope="module")
def expected(path: Path) -> Expected:
    found = expect(path, BRAND)
    assert len(found.alerts) > 1
    return found


@pytest.fixture(scope="module")
def envelopes(path: Path) -> list[Outgoing]:
    """What ingest would have sent: every partition its mentions, and all of them the watermark.

    A few mentions a record, so that a stretch holds several and a worker is killed within one.
    """
    recording = Recording(path, Layout({}), NOW)
    size = len(recording)
    start = from_epoch(recording.time(0))
    sent = [_envelope(partition, [], start.timestamp()) for partition in range(PARTITIONS)]
    for first in range(0, size, _BATCH):
        end = min(first + _BATCH, size)
        rows = [recording.read(place, NOW) for place in range(first, end)]
        mentions = [row for row in rows if isinstance(row, Mention)]
        reached = (
            recording.time(end) if end < size else recording.time(end - 1) // STEP * STEP + STEP
        )
        for partition in range(PARTITIONS):
            mine = [m for m in mentions if partition_of(m.key, PARTITIONS) == partition]
            sent += [
                _envelope(partition, mine[place : place + _IN_ENVELOPE])
                for place in range(0, len(mine), _IN_ENVELOPE)
            ]
            sent.append(_envelope(partition, [], reached))
    recording.close()
    return sent


def _envelope(partition: int, mentions: list[Mention], reached: float | None = None) -> Outgoing:
    watermark = None if reached is None else from_epoch(reached)
    envelope = Envelope(tuple(mentions), watermark)
    return Outgoing(TOPICS.mentions, partition, None, dumps(envelope.to_json()))


def broker_with(envelopes: list[Outgoing]) -> MemoryBroker:
    broker = MemoryBroker()
    for envelope in envelopes:
        broker.append(envelope)
    return broker


def check(broker: MemoryBroker, expected: Expected) -> None:
    assert broker.mentions_in_tallies() == expected.mentions
    assert counts_in(broker.rows(TOPICS.states_changelog), PARTITIONS) == expected.counts
    assert distinct(broker.alerts()) == expected.alerts


async def test_killed_before_any_send_the_next_worker_finishes_exactly(
    envelopes: list[Outgoing], expected: Expected
) -> None:
    undisturbed = broker_with(envelopes)
    await MemoryWorker(undisturbed, 1).work()
    check(undisturbed, expected)
    assert undisturbed.alerts() == expected.alerts
    for place in range(undisturbed.sends):
        broker = broker_with(envelopes)
        broker.dies_at = place
        assert await MemoryWorker(broker, 1).work_until_killed()
        broker.dies_at = None
        broker.dead.clear()
        await MemoryWorker(broker, 2).work()
        check(broker, expected)


async def test_killed_twice_at_every_distance(
    envelopes: list[Outgoing], expected: Expected
) -> None:
    for between in range(1, 12):
        broker = broker_with(envelopes)
        generation = 0
        while True:
            generation += 1
            broker.dead.clear()
            # Rows that were stored need not be stored again, so every life gets further.
            broker.dies_at = broker.sends + between + generation
            if not await MemoryWorker(broker, generation).work_until_killed():
                break
        check(broker, expected)


async def test_a_worker_that_was_cut_off_spoils_nothing_when_it_comes_back(
    envelopes: list[Outgoing], expected: Expected
) -> None:
    for turns in range(1, 10, 2):
        broker = broker_with(envelopes)
        old = MemoryWorker(broker, 1)
        for _ in range(turns):
            old.take_mentions(1)
            await old.score.flush()
            old.take_tallies(1)
            await old.detect.flush()
        old.take_mentions(2)
        await old.score.flush()
        old.take_mentions(2)
        old.take_tallies(4)
        new = MemoryWorker(broker, 2)
        for _ in range(6):
            new.take_mentions(2)
            await new.score.flush()
            new.take_tallies(2)
            await new.detect.flush()
        # Only now does the old one send what it had; the broker refuses its commits.
        after_new = dict(broker.committed)
        await old.score.flush()
        await old.detect.flush()
        broker.committed.clear()
        broker.committed.update(after_new)
        await MemoryWorker(broker, 3).work()
        check(broker, expected)


async def test_a_late_tally_is_as_late_after_a_restart(envelopes: list[Outgoing]) -> None:
    """Event time that had been evaluated stays so: what rang once would otherwise ring twice."""
    first = MemoryWorker(broker := broker_with(envelopes[:6]), 1)
    await first.work()
    reached = first.detect.watermark
    assert reached is not None
    again = MemoryWorker(broker, 2)
    last = broker.topics[TOPICS.tallies, partition_of(BRAND[0], PARTITIONS)][-1]
    again.detect.take(_Replayed(last.partition, last.offset + 1, last.value))
    assert again.detect.watermark is not None
    assert again.detect.watermark >= reached - timedelta(seconds=STEP)


class _Replayed:
    """A record that nobody waits for."""

    def __init__(self, partition: int, offset: int, value: bytes | None) -> None:
        self.partition, self.offset, self.value = partition, offset, value
        self.at: datetime | None = None

    def ack(self) -> None: ...
