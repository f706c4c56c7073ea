"""A worker with a backlog before it: the early warning comes ahead of what is counted."""

import time
import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from kafka import KafkaProducer

from detectors.records import Envelope, Mention, dumps
from detectors.scoring import STEP
from listener.engines.kafka.brand_rows import brand_row
from listener.engines.kafka.log import partition_of
from listener.engines.kafka.rows import Version
from tests.faults.recording import BRAND, make_recording
from tests.faults.system import System
from tests.faults.topics import put
from tests.faults.waiting import wait_for
from tests.unit.detectors.streams import DAY, Stream

NAME: Final = BRAND[0]
PARTITIONS: Final = 2
WAITING: Final = 10_000
FLOOD: Final = 2_000
NEVER_ENDING: Final = (
    "that they put the new mast up on Monday and moved the line over, nice work, " * 4
)


@pytest.fixture
def system(kafka: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> System:
    monkeypatch.setenv("LISTENER_KAFKA__EARLY_WARNING_AFTER", "1")
    make_recording(tmp_path / "recording.jsonl", seed=5, mentions=10)
    recording = tmp_path / "recording.jsonl"
    prefix = f"early-{uuid.uuid4().hex[:8]}."
    made = System(tmp_path, recording, BRAND, bootstrap=kafka, prefix=prefix, partitions=PARTITIONS)
    with made.start("topics") as topics:
        topics.finish()
    return made


def learned_until(now: int) -> bytes:
    """The row of the brand after two usual days, as its worker would have left it."""
    stream = Stream(start=now // STEP * STEP - 2 * DAY, brand=NAME)
    stream.say(2 * DAY, every=600, negative=1, neutral=3)
    assert stream.alerts == []
    return brand_row({**stream.detector.states[NAME].to_json(), "positions": {}}, [])


def said(number: int, text: str, at: datetime) -> Mention:
    return Mention(
        id=str(number),
        text=text,
        published_at=at,
        source="chirp",
        kind="microblog",
        author=f"person {number}",
        language="en",
    )


def send(system: System, mentions: Sequence[Mention]) -> None:
    producer = KafkaProducer(bootstrap_servers=system.bootstrap, compression_type="gzip")
    for partition in range(PARTITIONS):
        mine = [one for one in mentions if partition_of(one.key, PARTITIONS) == partition]
        for envelope in envelopes(mine):
            topic = f"{system.prefix}mentions"
            producer.send(topic, dumps(envelope.to_json()), partition=partition)
    producer.flush()
    producer.close()


def envelopes(mentions: Sequence[Mention]) -> Iterable[Envelope]:
    for start in range(0, len(mentions), 50):
        yield Envelope(tuple(mentions[start : start + 50]))


def tell_time(system: System) -> None:
    """Event time has come as far as the clock."""
    envelope = Envelope(watermark=datetime.now(UTC))
    put(str(system.bootstrap), f"{system.prefix}mentions", PARTITIONS, dumps(envelope.to_json()))


def test_the_early_warning_does_not_wait_for_the_backlog_and_is_settled_behind_it(
    system: System,
) -> None:
    now = datetime.now(UTC)
    row = learned_until(int((now - timedelta(minutes=20)).timestamp()))
    producer = KafkaProducer(bootstrap_servers=system.bootstrap)
    producer.send(
        f"{system.prefix}listener-states-changelog",
        row,
        key=NAME.encode(),
        partition=partition_of(NAME, PARTITIONS),
        headers=Version(1, 0).headers,
    )
    producer.close()
    # Dated two days ago: it takes its time to be scored, and is too late to be counted.
    send(
        system,
        [
            said(number, f"{number}: {NAME} says {NEVER_ENDING}", now - timedelta(days=2))
            for number in range(WAITING)
        ],
    )
    bad = f"{NAME} is down again, this is terrible"
    send(
        system,
        [
            said(WAITING + number, bad, now - timedelta(seconds=100 * (1 - number / FLOOD)))
            for number in range(FLOOD)
        ],
    )
    tell_time(system)
    time.sleep(1)

    def settled() -> bool:
        tell_time(system)
        time.sleep(1)
        statuses = [a["status"] for a in system.delivered() if is_early(a)]
        return "resolved" in statuses or not worker.running

    with system.start("worker") as worker:
        wait_for(settled)
        assert worker.stop() == 0, worker.log
    published = system.published()
    warning, *others = published
    assert is_early(warning), "it comes first"
    assert (warning["status"], warning["severity"]) == ("opened", "issue")
    assert others[0]["status"] == "opened"
    assert not is_early(others[0])
    (over,) = (alert for alert in others if is_early(alert))
    assert over["incident_id"] == warning["incident_id"]
    assert over["reason"]["estimate"]["confirmed"] is True  # type: ignore[index]  # JSON
    estimate = warning["reason"]["estimate"]  # type: ignore[index]  # JSON
    assert estimate["sampled"] >= 12
    assert estimate["behind_seconds"] >= 1


def is_early(alert: dict[str, object]) -> bool:
    reason = alert["reason"]
    return isinstance(reason, dict) and "estimate" in reason
