"""Storing the rows of many brands: a portion at a time, as long as nobody waits for it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import count
from typing import Final

import pytest
from prometheus_client import CollectorRegistry

from detectors.records import Bucket, Counts, Progress, Tally
from detectors.records.times import from_epoch
from listener.brands import Brand
from listener.engines.kafka.detect import DetectStage
from listener.engines.kafka.records import tally_records
from listener.engines.kafka.topics import Topics
from listener.metrics import Metrics
from listener.settings import KafkaSettings
from tests.unit.kafka.kafka_stages import SETTINGS, MemoryBroker, MemoryEvent

BRANDS: Final = 60
PORTION: Final = 20
TOPICS: Final = Topics(KafkaSettings(partitions=1))


class Storing:
    """A stage that has heard of every brand, on a machine where every portion takes long."""

    def __init__(self) -> None:
        self.broker = MemoryBroker()
        self.acknowledged: list[int] = []
        names = [f"Brand{number}" for number in range(BRANDS)]
        self.stage = DetectStage(
            replace(SETTINGS, brands=tuple(Brand(name, (name,)) for name in names)),
            TOPICS,
            stored=lambda partition: {},
            generation=lambda: 1,
            send=self.broker.send,
            observer=Metrics(CollectorRegistry()),
            on_alert=lambda alert_id: None,
            clock=count(step=100.0).__next__,
        )
        bucket = Bucket(Counts(mentions=1))
        said = [Tally(name, 0, 1, {3600: bucket}) for name in names]
        for offset, (tallies, at) in enumerate([([], 10), (said, 3700)]):
            progress = [Progress(0, from_epoch(at))]
            (record,) = tally_records(TOPICS.tallies, 0, tallies, [], progress)
            self.stage.take(MemoryEvent(0, offset, record.value, self.acknowledged.append))

    @property
    def rows(self) -> int:
        stored = self.broker.topics[TOPICS.states_changelog, 0]
        return sum((row.key or b"").startswith(b"Brand") for row in stored)

    async def begin(self) -> asyncio.Task[None]:
        """Store, as far as it goes without waiting."""
        storing = asyncio.create_task(self.stage.flush())
        for _ in range(50):
            await asyncio.sleep(0)
        return storing


@pytest.fixture
def storing() -> Storing:
    return Storing()


async def test_it_rests_behind_a_portion_and_acknowledges_nothing_yet(storing: Storing) -> None:
    task = await storing.begin()
    assert storing.rows == PORTION
    assert storing.acknowledged == []
    task.cancel()


async def hurry(stage: DetectStage) -> None:
    stage.hurry()


@pytest.mark.parametrize(
    "leave",
    [
        pytest.param(DetectStage.forget, id="partitions-go"),
        pytest.param(hurry, id="the-worker-stops"),
    ],
)
async def test_it_comes_to_its_end_at_once_when(
    storing: Storing, leave: Callable[[DetectStage], Awaitable[None]]
) -> None:
    task = await storing.begin()
    async with asyncio.timeout(1):
        await leave(storing.stage)
        await task
    assert storing.rows == BRANDS
    assert storing.acknowledged == [1, 2]


async def test_it_does_not_rest_while_there_is_no_room_for_more(
    storing: Storing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("listener.engines.kafka.detect._MAX_PENDING", 0)
    task = await storing.begin()
    assert task.done()
    assert storing.acknowledged == [1, 2]
