"""A worker of this version goes on where one of an earlier version was stopped.

`left-by-VERSION.json.gz` is what that version's worker left on the broker: mentions not read yet,
tallies not folded yet, the rows of its state, an incident under way. It was made with that
version's own code, from texts of the tests' own, and is never made anew.
"""

import base64
import gzip
import json
from pathlib import Path
from typing import Final

import pytest

from detectors.records import Counts
from tests.faults.oracle import counts_in, mentions_in
from tests.unit.kafka.kafka_stages import PARTITIONS, TOPICS, MemoryBroker, MemoryWorker, Stored

LEFT: Final = sorted(Path(__file__).parent.glob("left-by-*.json.gz"))


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text)


def _broker(path: Path) -> tuple[MemoryBroker, Counts]:
    """The broker as it was left, and what all its mentions come to."""
    left = json.loads(gzip.decompress(path.read_bytes()))
    broker = MemoryBroker()
    for place, records in left["topics"].items():
        topic, _, partition = place.rpartition(":")
        log = broker.topics[topic, int(partition)]
        for record in records:
            while len(log) < record["offset"]:  # what compaction and retention took
                log.append(Stored(int(partition), len(log), b"gone", None))
            headers = [(name, _bytes(value)) for name, value in record["headers"]]
            log.append(
                Stored(
                    int(partition),
                    len(log),
                    _bytes(record["key"]),
                    _bytes(record["value"]),
                    headers,
                )
            )
    for place, offset in left["committed"].items():
        topic, _, partition = place.rpartition(":")
        broker.committed[topic, int(partition)] = offset
    return broker, Counts.from_json(left["totals"])


@pytest.mark.parametrize("path", LEFT, ids=lambda path: path.name)
async def test_nothing_is_lost_or_counted_twice_and_the_incident_goes_on(path: Path) -> None:
    broker, totals = _broker(path)
    (opened,) = broker.alerts()
    before = mentions_in(counts_in(broker.rows(TOPICS.states_changelog), PARTITIONS))
    assert 0 < before < totals.mentions

    await MemoryWorker(broker, 2).work()

    after = counts_in(broker.rows(TOPICS.states_changelog), PARTITIONS)
    assert mentions_in(after) == totals.mentions
    same, *later = broker.alerts()
    assert same == opened
    assert later
    assert {alert["incident_id"] for alert in later} == {opened["incident_id"]}
    assert all(alert["status"] != "opened" for alert in later)
