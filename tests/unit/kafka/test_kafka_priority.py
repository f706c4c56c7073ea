"""What a worker does first: detection, before it scores more than detection can use."""

from datetime import timedelta

import pytest
from faust.types import TP
from prometheus_client import CollectorRegistry

from detectors.records import Envelope, Progress, dumps
from listener.engines.kafka.records import tally_records
from listener.engines.kafka.worker import Worker
from listener.metrics import Metrics
from sinks.brokers import Brokers
from tests.unit.kafka.kafka_stages import NOW, PARTITIONS, SETTINGS, TOPICS, MemoryEvent

MINUTE = timedelta(minutes=1)
TALLIES = TP(TOPICS.tallies, 0)


class Told:
    """A worker that has partition 0 of `mentions`, and whatever else is said."""

    def __init__(self, *mine: int) -> None:
        self.worker = Worker(
            Brokers.parse("kafka://localhost:1"),
            TOPICS,
            SETTINGS,
            observer=Metrics(CollectorRegistry()),
            early_warning_after=60,
        )
        self.worker._mine = {*mine}
        self._offset = 0

    def scored(self, partition: int, minutes: float) -> None:
        envelope = Envelope(watermark=NOW + minutes * MINUTE)
        self.worker.score.take(self._event(partition, dumps(envelope.to_json())))

    def detected(self, *minutes: float) -> None:
        """How far event time is on each partition of `mentions`, as detection has heard."""
        progress = [Progress(source, NOW + at * MINUTE) for source, at in enumerate(minutes)]
        for record in tally_records(TOPICS.tallies, 0, [], [], progress):
            self.worker.detect.take(self._event(0, record.value or b""))

    def _event(self, partition: int, value: bytes) -> MemoryEvent:
        self._offset += 1
        return MemoryEvent(partition, self._offset, value, lambda offset: None)

    @property
    def waits(self) -> bool:
        return self.worker._scoring_waits()


async def test_scoring_goes_on_while_detection_keeps_up() -> None:
    told = Told(0)
    assert not told.waits
    told.scored(0, minutes=1)
    told.detected(1, 1)
    assert not told.waits


async def test_scoring_waits_for_partitions_that_others_score() -> None:
    told = Told(0)
    told.scored(0, minutes=10)
    told.detected(10, 7)
    assert told.waits

    told.detected(10, 9)
    assert not told.waits


async def test_who_has_the_slowest_partition_waits_for_nobody() -> None:
    told = Told(0, 1)
    told.scored(0, minutes=10)
    told.detected(10, 1)
    assert not told.waits, "nothing is known of its other one, which may be the slowest"

    told.scored(1, minutes=1)
    assert not told.waits
    told.scored(1, minutes=10)
    assert told.waits, "all of it is on its way to detection"


async def test_scoring_waits_for_tallies_that_are_to_be_detected() -> None:
    told = Told(0)
    turns = told.worker._app.consumer.turns
    turns.brought(TALLIES, at=0, left=9)
    assert told.waits

    turns.brought(TALLIES, at=0, left=8)
    assert not told.waits


async def test_scoring_waits_while_detection_has_too_much_to_store(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = Told(0)
    monkeypatch.setattr("listener.engines.kafka.detect._MAX_PENDING", 2)
    told.detected(*[1.0] * PARTITIONS)
    assert not told.waits
    told.detected(*[1.0] * PARTITIONS)
    assert told.waits
