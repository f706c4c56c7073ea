"""Glances on `tallies`: an early warning that no crash loses and none tells as another one."""

from datetime import timedelta
from typing import Final

import pytest

from detectors.brand_state import BrandState
from detectors.records import Glance, Progress, dumps, loads
from detectors.records.times import from_epoch
from listener.engines.kafka.brand_rows import brand_row
from listener.engines.kafka.log import partition_of
from listener.engines.kafka.records import Outgoing, glance_records, tally_records
from listener.engines.kafka.rows import Version
from tests.faults.recording import BRAND
from tests.unit.detectors.made_glances import glance
from tests.unit.detectors.streams import Stream
from tests.unit.kafka.kafka_stages import PARTITIONS, TOPICS, MemoryBroker, MemoryWorker

NAME: Final = BRAND[0]
MINE: Final = partition_of(NAME, PARTITIONS)
BEHIND: Final = 1200


@pytest.fixture(scope="module")
def learned() -> tuple[dict[str, object], int]:
    """The state of the brand after three usual days, and the time by then."""
    stream = Stream.with_a_past()
    state = stream.detector.states[stream.brand].to_json()
    return {**state, "brand": NAME, "positions": {}}, stream.now


def broker_after(state: dict[str, object], now: int) -> MemoryBroker:
    """The brand's row, how far event time is, a flood at the end of the log, and time going on."""
    broker = MemoryBroker()
    row = brand_row(state, [])
    broker.append(Outgoing(TOPICS.states_changelog, MINE, NAME.encode(), row, Version(1, 0)))
    tell_time(broker, now)
    for number in range(3):
        look(broker, now + BEHIND + 10 * number)
    tell_time(broker, now + BEHIND - 60)
    tell_time(broker, now + BEHIND + 60)
    return broker


def tell_time(broker: MemoryBroker, at: int) -> None:
    progress = [Progress(source, from_epoch(at)) for source in range(PARTITIONS)]
    for record in tally_records(TOPICS.tallies, MINE, [], [], progress):
        broker.append(record)


def look(broker: MemoryBroker, at: int) -> None:
    seen = [named(glance([(8, 2)] * 10, at=at, scale=40, partition=0))]
    for record in glance_records(TOPICS.tallies, MINE, seen):
        broker.append(record)


def named(seen: Glance) -> Glance:
    return Glance.from_json({**seen.to_json(), "brand": NAME})


def told(broker: MemoryBroker) -> list[tuple[object, object]]:
    """The alerts, each once, as ids and changes."""
    return list(dict.fromkeys((alert["alert_id"], alert["status"]) for alert in broker.alerts()))


async def test_killed_before_any_send_the_warning_is_told_once_and_then_over(
    learned: tuple[dict[str, object], int],
) -> None:
    state, now = learned

    def worker(broker: MemoryBroker, generation: int) -> MemoryWorker:
        return MemoryWorker(broker, generation, lambda: from_epoch(now + BEHIND + 30))

    undisturbed = broker_after(state, now)
    await worker(undisturbed, 2).work()
    expected = told(undisturbed)
    assert [change for _, change in expected] == ["opened", "resolved"]
    for place in range(undisturbed.sends):
        broker = broker_after(state, now)
        broker.dies_at = place
        working = worker(broker, 2)
        assert await working.work_until_killed()
        broker.dies_at = None
        broker.dead.clear()
        await worker(broker, 3).work()
        assert told(broker) == expected


async def test_one_that_is_read_late_is_no_news(learned: tuple[dict[str, object], int]) -> None:
    state, now = learned
    broker = broker_after(state, now)
    late = from_epoch(now + BEHIND) + timedelta(minutes=10)
    await MemoryWorker(broker, 2, lambda: late).work()
    assert broker.alerts() == []


async def test_one_of_a_partition_that_is_not_there_is_passed_over(
    learned: tuple[dict[str, object], int],
) -> None:
    state, now = learned
    broker = broker_after(state, now)
    wrong = {**named(glance([(8, 2)] * 10, at=now + BEHIND)).to_json(), "partition": 77}
    record = {"schema_version": 1, "tallies": [], "progress": [], "glances": [wrong]}
    broker.topics[TOPICS.tallies, MINE].clear()
    tell_time(broker, now)
    broker.append(Outgoing(TOPICS.tallies, MINE, None, dumps(record)))
    await MemoryWorker(broker, 2, lambda: from_epoch(now + BEHIND)).work()
    assert broker.alerts() == []


def test_the_version_before_reads_rows_and_records_of_this_one(
    learned: tuple[dict[str, object], int],
) -> None:
    """It takes the fields that it knows; here by what it does with those it doesn't."""
    state, now = learned
    newer = {**state, "of the next version": {"anything": 1}}
    assert BrandState.from_json(loads(dumps(newer)), (300, 900, 3600, 10_800)).evaluated == now
    (record,) = glance_records(TOPICS.tallies, MINE, [glance([(8, 2)] * 10, at=now)])
    wire = loads(record.value or b"")
    assert isinstance(wire, dict)
    assert (wire["schema_version"], wire["tallies"], wire["progress"]) == (1, [], [])
