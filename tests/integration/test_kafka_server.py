"""The broker that the Kafka tests run against is a real one, and can be killed for real."""

import uuid

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic
from kafka.errors import KafkaTimeoutError

from tests.kafka.broker import Broker


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
