"""Everything that is on a topic, and one record more."""

from dataclasses import dataclass

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

_POLL_MS = 1000
_POLLS = 60


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a topic, made `at` (Unix seconds); a tombstone's value is empty."""

    partition: int
    offset: int
    key: bytes
    value: bytes
    headers: dict[str, bytes]
    at: float = 0.0


def records(bootstrap: str, topic: str) -> list[Record]:
    """All records of a topic, in order within each partition."""
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap,
        group_id=None,
        enable_auto_commit=False,
        max_partition_fetch_bytes=32 * 1024 * 1024,
    )
    try:
        partitions = [TopicPartition(topic, p) for p in consumer.partitions_for_topic(topic) or ()]
        ends = consumer.end_offsets(partitions)
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        found: list[Record] = []
        for _ in range(_POLLS):
            if all(consumer.position(tp) >= end for tp, end in ends.items()):
                return found
            for batch in consumer.poll(timeout_ms=_POLL_MS).values():
                found += [
                    Record(
                        r.partition,
                        r.offset,
                        r.key or b"",
                        r.value or b"",
                        dict(r.headers),
                        r.timestamp / 1000,
                    )
                    for r in batch
                ]
        raise TimeoutError(f"{topic} could not be read to its end")
    finally:
        consumer.close()


def put(bootstrap: str, topic: str, partitions: int, value: bytes) -> None:
    """Append a record to every partition; raises `KafkaError` where the broker doesn't take it."""
    producer = KafkaProducer(bootstrap_servers=bootstrap)
    try:
        sent = [producer.send(topic, value, partition=number) for number in range(partitions)]
        for future in sent:
            future.get(timeout=_POLLS)
    finally:
        producer.close()
