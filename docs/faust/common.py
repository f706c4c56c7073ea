"""What the reproductions share: a topic with numbered messages, and an app."""

import tempfile
import time

import faust
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic


def fill(server: str, messages: int, topic: str | None = None, partitions: int = 1) -> str:
    """The name of a new topic that holds the messages 0, 1, 2, … in turns."""
    topic = topic or f"faust-{time.time_ns()}"
    admin = KafkaAdminClient(bootstrap_servers=server)
    admin.create_topics([NewTopic(topic, partitions, 1)])
    admin.close()
    producer = KafkaProducer(bootstrap_servers=server)
    for number in range(messages):
        partition = number % partitions
        producer.send(topic, key=b"key", value=str(number).encode(), partition=partition)
    producer.flush()
    producer.close()
    return topic


def make_app(server: str, topic: str) -> faust.App:
    """An application that commits every second and has no group or table of its own."""
    return faust.App(
        f"{topic}-app",
        broker=f"kafka://{server}",
        store="memory://",
        datadir=tempfile.mkdtemp(),
        autodiscover=False,
        web_enabled=False,
        topic_disable_leader=True,
        consumer_auto_offset_reset="earliest",
        broker_commit_interval=1.0,
    )


def committed(server: str, topic: str) -> int:
    """Up to which offset the application's group has committed."""
    consumer = KafkaConsumer(bootstrap_servers=server, group_id=f"{topic}-app")
    offset = consumer.committed(TopicPartition(topic, 0))
    consumer.close()
    return offset or 0
