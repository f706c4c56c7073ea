"""Noticing that Faust has left records out.

After moves of partitions in quick succession it may drop the first records that come again, as if
it had brought them before. Offsets then jump; but they also jump where retention has deleted
records or a producer uses transactions, so the broker is asked what lies between.
"""

import contextlib
from typing import Final

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from sinks.brokers import Brokers

_POLL_MS: Final = 1000
_POLLS: Final = 10


def start_of(brokers: Brokers, group: str, topic: str, partition: int) -> int | None:
    """From where a worker that is given this partition has to go on; blocks.

    What the group has committed, by the broker's own word (Faust's is empty at times just behind
    a rebalance), else the first record there is. `None` where the broker doesn't say.
    """
    place = TopicPartition(topic, partition)
    try:
        with contextlib.closing(_consumer(brokers, group)) as consumer:
            committed = consumer.committed(place, timeout_ms=_POLLS * _POLL_MS)
            if committed is None:
                committed = consumer.beginning_offsets([place])[place]
            return int(committed)
    except KafkaError:
        return None


def holds_records(brokers: Brokers, topic: str, partition: int, start: int, end: int) -> bool:
    """Whether the broker has a record from `start` up to but without `end`; blocks.

    True as well where the broker doesn't say.
    """
    place = TopicPartition(topic, partition)
    try:
        with contextlib.closing(_consumer(brokers)) as consumer:
            consumer.assign([place])
            consumer.seek(place, start)
            for _ in range(_POLLS):
                for record in consumer.poll(timeout_ms=_POLL_MS).get(place, ()):
                    return bool(record.offset < end)
    except KafkaError:
        return True
    return True


def _consumer(brokers: Brokers, group: str | None = None) -> KafkaConsumer:
    """One that joins no group: it only asks."""
    return KafkaConsumer(
        **brokers.client_options(),
        client_id="listener-gaps",
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_poll_records=1,
    )
