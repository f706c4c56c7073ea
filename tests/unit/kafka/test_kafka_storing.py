"""Storing the rows of many brands: a portion at a time, and at leisure unless somebody waits."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from itertools import pairwise
from typing import Final

import pytest
from prometheus_client import CollectorRegistry

from detectors.records import Bucket, Counts, Progress, Tally
from detectors.records.times import from_epoch
from listener.brands import Brand
from listener.engines.kafka.detect import DetectStage
from listener.engines.kafka.flusher import Flusher
from listener.engines.kafka.records import Outgoing, tally_records
from listener.engines.kafka.rows import Version
from listener.engines.kafka.topics import Topics
from listener.metrics import Metrics
from listener.settings import KafkaSettings
from tests.unit.kafka.kafka_stages import SETTINGS, MemoryBroker, MemoryEvent

BRANDS: Final = 60
PORTION: Final = 20
ROW_SECONDS: Final = 0.01
TOPICS: Final = Topics(KafkaSettings(partitions=1))


class Storing:
    """A stage that has heard of every brand, with a clock that goes on as rows are sent."""

    def __init__(self) -> None:
        self.broker = MemoryBroker()
        self.acknowledged: list[int] = []
        self.now = 0.0
        self.row_seconds = ROW_SECONDS
        self._sent: list[tuple[float, bytes | None]] = []
        self._heard = 0
        self._names = [f"Brand{number}" for number in range(BRANDS)]
        self.stage = self.taken_over(1)
        self._take([], 10)
        self.hear()

    def taken_over(self, generation: int) -> DetectStage:
        """A stage that finds what is stored."""
        stored = self.broker.rows(TOPICS.states_changelog)
        return DetectStage(
            replace(SETTINGS, brands=tuple(Brand(name, (name,)) for name in self._names)),
            TOPICS,
            stored=stored.of,
            generation=lambda: generation,
            send=self._send,
            observer=Metrics(CollectorRegistry()),
            on_alert=lambda alert_id: None,
            clock=lambda: self.now,
        )

    def hear(self) -> None:
        """Every brand is spoken of."""
        bucket = Bucket(Counts(mentions=1))
        at = 3600 + 10 * self._heard
        said = [Tally(name, 0, self._heard, {at: bucket}) for name in self._names]
        self._take(said, at + 10)

    def silence(self) -> None:
        """Event time doesn't go on, and nothing is said."""
        self._take([], 10)

    def is_due(self) -> bool:
        return self.stage.is_due

    @property
    def rows(self) -> int:
        stored = self.broker.topics[TOPICS.states_changelog, 0]
        return sum((row.key or b"").startswith(b"Brand") for row in stored)

    async def _send(self, record: Outgoing) -> Awaitable[object]:
        self.now += self.row_seconds
        self._sent.append((self.now, record.key))
        return await self.broker.send(record)

    def _take(self, tallies: list[Tally], at: int) -> None:
        (record,) = tally_records(TOPICS.tallies, 0, tallies, [], [Progress(0, from_epoch(at))])
        self.stage.take(MemoryEvent(0, self._heard, record.value, self.acknowledged.append))
        self._heard += 1

    def stored(self, brand: str) -> list[float]:
        """When the brand's rows were sent."""
        return [at for at, key in self._sent if key == brand.encode()]


@pytest.fixture
def storing() -> Storing:
    made = Storing()
    made.now = 60.0
    return made


async def test_behind_a_portion_it_rests_four_times_as_long(storing: Storing) -> None:
    assert storing.is_due()
    await storing.stage.step()
    assert storing.rows == PORTION
    assert not storing.is_due()
    storing.now += 3.9 * PORTION * ROW_SECONDS
    assert not storing.is_due()
    storing.now += 0.2 * PORTION * ROW_SECONDS
    assert storing.is_due()


async def test_the_rest_is_a_tenth_of_a_second_where_rows_cost_little(storing: Storing) -> None:
    storing.row_seconds = 0.0
    await storing.stage.step()
    storing.now += 0.09
    assert not storing.is_due()
    storing.now += 0.02
    assert storing.is_due()


async def test_a_brand_of_which_nothing_is_said_is_stored_again_within_five_minutes(
    storing: Storing,
) -> None:
    await storing.stage.flush()
    begun = storing.now
    while storing.now < begun + 700:
        storing.now += 1
        if storing.is_due():
            await storing.stage.step()
    for number in range(BRANDS):
        times = storing.stored(f"Brand{number}")
        assert len(times) >= 3
        assert max(b - a for a, b in pairwise(times)) < 300 + 40
    assert storing.rows < 4 * BRANDS


async def test_a_worker_that_goes_stores_what_changed_and_no_others(storing: Storing) -> None:
    await storing.stage.flush()
    before = storing.rows
    storing.now += 600
    await storing.stage.forget()
    assert storing.rows == before


async def test_a_brand_whose_last_row_is_that_of_a_cut_off_worker_is_stored_at_once(
    storing: Storing,
) -> None:
    await storing.stage.flush()
    late = storing.broker.topics[TOPICS.states_changelog, 0][0]
    again = storing.taken_over(2)
    storing.stage = again
    storing.hear()
    await again.flush()
    storing.broker.append(Outgoing(TOPICS.states_changelog, 0, late.key, late.value, Version(1, 0)))
    third = storing.stage = storing.taken_over(3)
    before = storing.rows
    storing.silence()
    await third.flush()
    assert storing.rows == before + 1
    assert storing.broker.topics[TOPICS.states_changelog, 0][-2].key == late.key


async def test_records_are_acknowledged_behind_the_last_portion(storing: Storing) -> None:
    for _ in range(2):
        await storing.stage.step()
        storing.hear()
        assert storing.acknowledged == []
        assert not storing.stage.is_idle
    await storing.stage.step()
    assert storing.rows == BRANDS
    assert storing.acknowledged == [1, 2]


async def test_partitions_go_with_every_row_stored_once_in_one_round(storing: Storing) -> None:
    await storing.stage.step()
    await storing.stage.forget()
    assert storing.rows == BRANDS
    assert storing.acknowledged == [1, 2]
    assert storing.stage.is_idle


async def test_nobody_waits_for_room_while_it_rests(
    storing: Storing, monkeypatch: pytest.MonkeyPatch
) -> None:
    flusher = Flusher(storing.stage)
    await storing.stage.step()
    storing.hear()
    monkeypatch.setattr("listener.engines.kafka.detect._MAX_PENDING", 1)
    running = asyncio.create_task(flusher.run())
    async with asyncio.timeout(1):
        await flusher.wait_for_room()
    assert storing.acknowledged == [1, 2]
    flusher.end()
    await running
    assert storing.acknowledged == [1, 2, 3]
