"""Whatever lies on the topics, the stream goes on, and what could not be read is kept aside."""

import json
import uuid
from collections.abc import Sequence
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import ConfigResource, ConfigResourceType

from tests.faults.oracle import counted, distinct, expect
from tests.faults.recording import BRAND, make_recording
from tests.faults.system import System
from tests.faults.topics import records
from tests.faults.waiting import wait_for

MEGABYTE = 1024 * 1024
UNREADABLE: dict[str, bytes | None] = {
    "garbage": b"\x00\xff\xfegarbage",
    "null": None,
    "empty": b"",
    "nested": b'{"mentions":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "five megabytes": b'{"mentions":[{"text":"' + b"x" * (5 * MEGABYTE) + b'"}]}',
    "wrong schema": json.dumps({"schema_version": 99, "mentions": "many"}).encode(),
    "a list": b"[1, 2, 3]",
    "a number": b"42",
    "mention without a text": json.dumps({"schema_version": 1, "mentions": [{"id": "1"}]}).encode(),
    "watermark in the future": json.dumps(
        {"schema_version": 1, "mentions": [], "watermark": "2999-01-01T00:00:00Z"}
    ).encode(),
}
INTERNAL: list[bytes] = [
    b"\xff\xfe",
    b"{}",
    b"[" * 10_000 + b"]" * 10_000,
    json.dumps({"schema_version": 1, "tallies": [{"brand": 7}], "progress": []}).encode(),
    json.dumps(
        {
            "schema_version": 1,
            "tallies": [],
            "progress": [{"partition": 77, "watermark": "2026-03-04T00:00:00Z"}],
        }
    ).encode(),
]


@pytest.fixture
def system(kafka: str, tmp_path: Path) -> System:
    make_recording(tmp_path / "recording.jsonl", seed=5, mentions=600)
    prefix = f"untrusted-{uuid.uuid4().hex[:8]}."
    recording = tmp_path / "recording.jsonl"
    made = System(tmp_path, recording, BRAND, bootstrap=kafka, prefix=prefix, partitions=2)
    with made.start("topics") as topics:
        topics.finish()
    return made


def send(
    system: System,
    topic: str,
    values: list[tuple[bytes | None, bytes | None]],
    partitions: Sequence[int] = (),
) -> None:
    """Onto every partition of the topic, or onto some."""
    producer = KafkaProducer(
        bootstrap_servers=system.bootstrap, max_request_size=20 * MEGABYTE, compression_type="gzip"
    )
    name = f"{system.prefix}{topic}"
    for partition in partitions or producer.partitions_for(name):
        for key, value in values:
            producer.send(name, key=key, value=value, partition=partition).get(timeout=60)
    producer.close()


def allow_large_mentions(system: System) -> None:
    """As another program's topic might: bigger records than Listener would make."""
    admin = KafkaAdminClient(bootstrap_servers=system.bootstrap)
    resource = ConfigResource(
        ConfigResourceType.TOPIC,
        f"{system.prefix}mentions",
        configs={"max.message.bytes": str(20 * MEGABYTE)},
    )
    admin.alter_configs([resource])
    admin.close()


def rejections(system: System) -> list[dict[str, str]]:
    """What was put on `mentions.rejected`."""
    topic = f"{system.prefix}mentions.rejected"
    return [json.loads(record.value) for record in records(str(system.bootstrap), topic)]


def test_unreadable_mentions_are_kept_with_their_reason_and_the_others_counted(
    system: System,
) -> None:
    expected = expect(system.directory / "recording.jsonl", BRAND)
    allow_large_mentions(system)
    send(system, "mentions", [(b"key", value) for value in UNREADABLE.values()])
    system.run()
    rejected = rejections(system)
    for partition in range(system.partitions):
        place = f"{system.prefix}mentions:{partition}:"
        assert {item["where"] for item in rejected if item["where"].startswith(place)} == {
            f"{place}{offset}" for offset in range(len(UNREADABLE))
        }
    assert {"not_json", "too_large", "future_date"} <= {item["code"] for item in rejected}
    assert all(item["reason"] for item in rejected)
    assert counted(system) == expected.counts
    assert distinct(system.delivered()) == expected.alerts


def test_a_single_mention_and_numbers_in_strings_are_read(system: System) -> None:
    at = "2026-03-05T00:00:00Z"
    single = {
        "schema_version": 1,
        "id": "single",
        "text": "Koperdraad is down, terrible",
        "published_at": at,
        "source": "mastodon",
        "kind": "microblog",
        "reach": "1200",
    }
    end = {"schema_version": 1, "mentions": [], "watermark": "2026-03-05T00:01:00Z"}
    send(system, "mentions", [(None, json.dumps(single).encode())] * 2, partitions=[1])
    send(system, "mentions", [(None, json.dumps(end).encode())])
    with system.start("worker") as worker:
        wait_for(lambda: bool(counted(system)) or not worker.running)
        assert worker.stop() == 0
    (counts,) = counted(system).values()
    assert (counts.mentions, counts.reach) == (1, 1200)


def test_garbage_on_the_topics_between_workers_stops_nothing_and_is_kept(system: System) -> None:
    expected = expect(system.directory / "recording.jsonl", BRAND)
    name = BRAND[0].encode()
    send(system, "tallies", [(None, value) for value in INTERNAL])
    send(system, "crisis-alerts", [(name, value) for value in INTERNAL])
    send(system, "listener-states-changelog", [(name, value) for value in INTERNAL])
    send(system, "listener-seen-changelog", [(name, value) for value in INTERNAL])
    system.run()
    assert distinct(system.delivered()) == expected.alerts
    assert counted(system) == expected.counts
    kept = {item["where"] for item in rejections(system)}
    assert kept == {
        f"{system.prefix}{topic}:{partition}:{offset}"
        for topic, partitions in (("tallies", system.partitions), ("crisis-alerts", 1))
        for partition in range(partitions)
        for offset in range(len(INTERNAL))
    }
