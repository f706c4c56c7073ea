"""The broker that the Kafka tests run against is a real one, and can be killed for real."""

import socket
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Final

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic
from kafka.errors import KafkaTimeoutError

from tests.kafka.broker import Broker

ROOT: Final = Path(__file__).parents[2]


def create_topic(bootstrap: str) -> str:
    """A new topic with one partition."""
    name = f"test-{uuid.uuid4().hex}"
    with KafkaAdminClient(bootstrap_servers=bootstrap) as admin:
        admin.create_topics([NewTopic(name, num_partitions=1, replication_factor=1)])
    return name


def produce(bootstrap: str, topic: str, values: list[bytes]) -> None:
    """Return when the broker has acknowledged them all."""
    with KafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
        for acknowledged in [producer.send(topic, value) for value in values]:
            acknowledged.get(timeout=20)


def consume(bootstrap: str, topic: str, count: int) -> list[bytes]:
    """The first `count` values of the topic, or fewer after 20 s of silence."""
    with KafkaConsumer(
        bootstrap_servers=bootstrap, auto_offset_reset="earliest", consumer_timeout_ms=20_000
    ) as consumer:
        consumer.assign([TopicPartition(topic, 0)])
        return [record.value for _, record in zip(range(count), consumer, strict=False)]


def test_what_is_produced_is_consumed(kafka: str) -> None:
    topic = create_topic(kafka)
    produce(kafka, topic, [b"storing", b"outage"])
    assert consume(kafka, topic, 2) == [b"storing", b"outage"]


def test_acknowledged_data_survive_kill_9(kafka_broker: Broker) -> None:
    topic = create_topic(kafka_broker.bootstrap)
    produce(kafka_broker.bootstrap, topic, [b"before"])
    kafka_broker.kill()
    kafka_broker.start()
    produce(kafka_broker.bootstrap, topic, [b"after"])
    assert consume(kafka_broker.bootstrap, topic, 2) == [b"before", b"after"]


def test_a_paused_broker_answers_nobody_until_it_goes_on(kafka_broker: Broker) -> None:
    topic = create_topic(kafka_broker.bootstrap)
    with KafkaProducer(bootstrap_servers=kafka_broker.bootstrap) as producer:
        producer.send(topic, b"before").get(timeout=20)
        kafka_broker.pause()
        waiting = producer.send(topic, b"during")
        with pytest.raises(KafkaTimeoutError):
            waiting.get(timeout=1)
        kafka_broker.resume()
        waiting.get(timeout=20)
    assert consume(kafka_broker.bootstrap, topic, 2) == [b"before", b"during"]


@pytest.mark.usefixtures("idle_broker")
def test_a_broker_does_not_outlive_the_process_that_started_it() -> None:
    owner = subprocess.Popen(
        [sys.executable, "-m", "tests.kafka"], stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    port = int(owner.stdout.readline().rpartition(":")[2])
    assert accepts(port)
    owner.kill()
    owner.communicate()
    deadline = time.monotonic() + 20
    while accepts(port) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not accepts(port)


def accepts(port: int) -> bool:
    """Whether somebody listens on this loopback port."""
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def run_without_java(ci: str) -> subprocess.CompletedProcess[str]:
    """A Kafka test where neither Java nor Docker is to be found."""
    name = f"{Path(__file__).relative_to(ROOT)}::test_what_is_produced_is_consumed"
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", name],
        cwd=ROOT,
        env={"PATH": "", "CI": ci},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_without_kafka_its_tests_are_skipped_aloud() -> None:
    done = run_without_java(ci="")
    assert done.returncode == 0
    assert "KAFKA TESTS SKIPPED" in done.stdout
    assert "Install Java 17 or newer and Maven" in done.stdout
    assert "1 skipped" in done.stdout


def test_in_ci_a_missing_kafka_is_a_failure() -> None:
    done = run_without_java(ci="true")
    assert done.returncode == 1
    assert "CI needs a real Kafka" in done.stdout
