"""What the Kafka engine says at its start when something is not as it has to be."""

import uuid
from pathlib import Path

import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType, NewTopic

from tests.faults.recording import BRAND, make_recording
from tests.faults.system import SECONDS, System


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "recording.jsonl"
    make_recording(path, seed=6, mentions=60)
    return path


def refusal(system: System, command: str) -> str:
    """What it says, in one line, as it refuses to start."""
    with system.start(command) as listener:
        assert listener.wait(SECONDS) == 2, listener.log
        lines = listener.log.splitlines()
    assert lines[-1].startswith("listener: ")
    assert "Traceback" not in "".join(lines)
    return lines[-1]


@pytest.mark.parametrize("command", ["run", "worker", "ingest"])
def test_a_broker_that_is_not_there_is_named_with_what_to_look_at(
    tmp_path: Path, recording: Path, unused_tcp_port: int, command: str
) -> None:
    system = System(tmp_path, recording, BRAND, bootstrap=f"127.0.0.1:{unused_tcp_port}")
    said = refusal(system, command)
    assert f"kafka://127.0.0.1:{unused_tcp_port} can't be reached" in said
    assert "LISTENER_BROKER" in said


def test_another_number_of_partitions_is_refused_with_the_mend(
    kafka: str, tmp_path: Path, recording: Path
) -> None:
    prefix = f"start-{uuid.uuid4().hex[:8]}."
    admin = KafkaAdminClient(bootstrap_servers=kafka)
    admin.create_topics([NewTopic(f"{prefix}tallies", 3, 1)])
    admin.close()
    system = System(tmp_path, recording, BRAND, bootstrap=kafka, prefix=prefix, partitions=2)
    said = refusal(system, "run")
    assert f"topic {prefix}tallies has 3 partitions, expected 2: set kafka.partitions to 3" in said


@pytest.mark.parametrize(
    ("topic", "wrong", "mend"),
    [
        ("listener-states-changelog", "cleanup.policy=delete", "cleanup.policy=compact"),
        ("mentions", "retention.ms=60000", "retention.ms=604800000"),
        ("mentions", "retention.bytes=1048576", "retention.bytes=-1"),
        ("tallies", "max.message.bytes=1000000", "max.message.bytes=16777216"),
    ],
)
def test_a_topic_that_would_lose_or_refuse_records_is_refused_with_the_mend(  # noqa: PLR0917 - fixtures
    kafka: str, tmp_path: Path, recording: Path, topic: str, wrong: str, mend: str
) -> None:
    prefix = f"start-{uuid.uuid4().hex[:8]}."
    system = System(tmp_path, recording, BRAND, bootstrap=kafka, prefix=prefix)
    with system.start("topics") as topics:
        topics.finish()
    admin = KafkaAdminClient(bootstrap_servers=kafka)
    name = f"{prefix}{topic}"
    setting, _, value = wrong.partition("=")
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, configs={setting: value})])
    admin.close()
    said = refusal(system, "worker")
    assert f"topic {name}: {setting} is {value}" in said
    assert f"--entity-name {name} --add-config {mend}" in said


def test_a_topic_that_is_only_weaker_than_it_should_be_is_told_aloud(
    kafka: str, tmp_path: Path, recording: Path
) -> None:
    prefix = f"start-{uuid.uuid4().hex[:8]}."
    name = f"{prefix}listener-states-changelog"
    configs = {"cleanup.policy": "compact", "max.message.bytes": str(16 * 1024 * 1024)}
    admin = KafkaAdminClient(bootstrap_servers=kafka)
    admin.create_topics([NewTopic(name, 2, 1, topic_configs=configs)])
    admin.close()
    system = System(tmp_path, recording, BRAND, bootstrap=kafka, prefix=prefix, partitions=2)
    said = told(system)
    assert said.count("--add-config") == 1
    _, _, mend = said.partition(f"--entity-name {name} --add-config ")
    for config in (
        "min.compaction.lag.ms=600000",
        "max.compaction.lag.ms=1200000",
        "message.timestamp.type=LogAppendTime",
    ):
        assert config in mend


def test_fewer_copies_than_are_asked_for_are_told_aloud(
    kafka: str, tmp_path: Path, recording: Path
) -> None:
    prefix = f"start-{uuid.uuid4().hex[:8]}."
    for copies in (1, 3):
        system = System(
            tmp_path, recording, BRAND, bootstrap=kafka, prefix=prefix, replication=copies
        )
        with system.start("topics") as topics:
            topics.finish()
    assert f"topic {prefix}mentions: partitions have 1 of the 3 copies" in topics.log
    assert "min.insync.replicas is 1" in topics.log


def test_the_mend_for_changelogs_of_0_3_0_is_taken_by_the_broker_and_is_all_it_takes(
    kafka: str, tmp_path: Path, recording: Path
) -> None:
    prefix = f"start-{uuid.uuid4().hex[:8]}."
    name = f"{prefix}listener-seen-changelog"
    configs = {
        "cleanup.policy": "compact",
        "min.compaction.lag.ms": "3600000",
        "max.message.bytes": str(16 * 1024 * 1024),
        "message.timestamp.type": "LogAppendTime",
    }
    admin = KafkaAdminClient(bootstrap_servers=kafka)
    admin.create_topics([NewTopic(name, 2, 1, topic_configs=configs)])
    system = System(tmp_path, recording, BRAND, bootstrap=kafka, prefix=prefix, partitions=2)

    said = told(system)
    assert "stands still while it reads old rows" in said
    _, _, mend = said.partition("--add-config ")
    settings = dict(setting.split("=") for setting in mend.rstrip('"}, ').split('"')[0].split(","))
    changed = configs | settings
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, configs=changed)])
    admin.close()
    assert told(system) == ""


def told(system: System) -> str:
    """The line in which `listener topics` says what is too weak, if there is one."""
    log = system.directory / "topics.log"
    log.unlink(missing_ok=True)
    with system.start("topics") as topics:
        topics.finish()
    return "".join(line for line in topics.log.splitlines() if "--add-config" in line)
