"""Topics for the tests of the Kafka sink: made before, read after."""

import uuid

from kafka import KafkaAdminClient, KafkaConsumer


def new_topic(bootstrap: str) -> str:
    """The name of a topic of one partition that exists and is empty."""
    name = f"crisis-alerts-{uuid.uuid4().hex}"
    with KafkaAdminClient(bootstrap_servers=bootstrap) as admin:
        one = {"num_partitions": 1, "replication_factor": 1}
        admin.create_topics({name: one}, wait_for_metadata=True)
    return name


def read_topic(bootstrap: str, topic: str) -> list[tuple[bytes, bytes]]:
    """Key and value of all that is on a topic of one partition."""
    consumer = KafkaConsumer(
        topic,
        bootstrap_servers=bootstrap,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        group_id=None,
        consumer_timeout_ms=2000,
    )
    records = [(record.key, record.value) for record in consumer]
    consumer.close()
    return records
