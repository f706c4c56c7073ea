"""Noticing that Faust has left records out.

After moves of partitions in quick succession it may drop the first records that come again, as if
it had brought them before. Offsets then jump; but they also jump where retention has deleted
records or a producer uses transactions, so the broker is asked what lies between.
"""

import asyncio
import contextlib
from collections.abc import Collection, Mapping
from typing import Final

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from listener.engines.kafka.stall import Place
from sinks.brokers import Brokers

_POLL_MS: Final = 1000
_POLLS: Final = 10


class Starts:
    """From where on the partitions that came have to be taken, by the broker's own word.

    Faust's is empty at times just behind a rebalance. All are asked for at once, as the first
    record of any comes: one by one they took half a second each, while everything stood still.
    Not before, as what was acknowledged while partitions went is committed while they come.
    """

    def __init__(self, brokers: Brokers, group: str) -> None:
        self._brokers = brokers
        self._group = group
        self._places: Collection[Place] = ()
        self._asking: asyncio.Task[Mapping[Place, int]] | None = None

    def begin(self, places: Collection[Place]) -> None:
        """These came: what was known before is over."""
        self._places, self._asking = places, None

    async def of(self, place: Place) -> int | None:
        """Where that partition starts; `None` where the broker didn't say: it is asked again."""
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask())
        asking = self._asking
        known: int | None = None
        try:
            # Whoever waits may be cancelled, and others wait as well.
            known = (await asyncio.shield(asking)).get(place)
        finally:
            if known is None and asking.done() and asking is self._asking:
                self._asking = None
        return known

    async def _ask(self) -> Mapping[Place, int]:
        return await asyncio.to_thread(starts_of, self._brokers, self._group, self._places)


def starts_of(brokers: Brokers, group: str, places: Collection[Place]) -> Mapping[Place, int]:
    """What the group has committed, else the first record there is; blocks.

    Empty where the broker doesn't say.
    """
    try:
        with contextlib.closing(_consumer(brokers, group)) as consumer:
            asked = [TopicPartition(*place) for place in places]
            committed = {
                place: consumer.committed(place, timeout_ms=_POLLS * _POLL_MS) for place in asked
            }
            fresh = [place for place, offset in committed.items() if offset is None]
            committed |= consumer.beginning_offsets(fresh) if fresh else {}
    except KafkaError:
        return {}
    return {(place.topic, place.partition): int(at) for place, at in committed.items()}


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
