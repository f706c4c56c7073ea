"""What the second stage makes of a record that a mistake of our own lies in wait in."""

import json
from dataclasses import replace

import pytest

from detectors.detector import Detector
from detectors.records import Bucket, Counts, Progress, Tally
from detectors.records.times import from_epoch
from listener.brands import Brand
from listener.engines.kafka.records import tally_records
from listener.engines.kafka.topics import Topics
from listener.settings import KafkaSettings
from tests.unit.kafka.kafka_stages import SETTINGS, MemoryBroker, MemoryEvent, detecting

TOPICS = Topics(KafkaSettings(partitions=1))
NAMES = ["Aa", "Bb", "Cc", "Dd"]


async def test_one_tally_that_cannot_be_folded_is_set_aside_and_the_rest_of_its_record_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fold, committed = Detector.fold, list[int]()

    def fails_on_one(self: Detector, tally: Tally) -> bool:
        if tally.brand == "Bb":
            raise ZeroDivisionError
        return fold(self, tally)

    monkeypatch.setattr(Detector, "fold", fails_on_one)
    broker = MemoryBroker()
    stage = detecting(
        replace(SETTINGS, brands=tuple(Brand(name, (name,)) for name in NAMES)), TOPICS, broker.send
    )
    said = [Tally(name, 0, 0, {3600: Bucket(Counts(mentions=5))}) for name in NAMES]
    (record,) = tally_records(TOPICS.tallies, 0, said, [], [Progress(0, from_epoch(7200))])
    stage.take(MemoryEvent(0, 7, record.value, committed.append))
    await stage.flush()

    assert stage.watermark == from_epoch(7200)
    keys = {row.key for row in broker.topics[TOPICS.states_changelog, 0]}
    assert keys >= {b"Aa", b"Cc", b"Dd"}
    (kept,) = broker.topics[TOPICS.rejected, 0]
    told = json.loads(kept.value or b"")
    assert (told["code"], told["where"]) == ("internal", f"{TOPICS.tallies}:0:7")
    assert json.loads(told["raw"])["brand"] == "Bb"
    assert committed == [8]
