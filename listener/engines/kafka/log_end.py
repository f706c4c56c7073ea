"""Looking at any place of `mentions` by its date or offset, in no group and at nobody's expense.

Nothing is read ahead: a partition's fetching is paused but for the moment of a read.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self, cast

from aiokafka import AIOKafkaConsumer, TopicPartition

from sinks.brokers import Brokers

_FETCH_BYTES: Final = 64 * 1024
_READ_MS: Final = 2000
_WAIT_MS: Final = 100
_REQUEST_MS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Placed:
    """One record: where it stands, when the broker had it (Unix seconds), what it holds."""

    offset: int
    at: float
    value: bytes


class LogEnd:
    """A consumer of its own on one topic. Every method raises `KafkaError`."""

    def __init__(self, consumer: AIOKafkaConsumer, topic: str) -> None:
        self._consumer = consumer
        self._topic = topic

    @classmethod
    async def open(cls, brokers: Brokers, topic: str) -> Self:
        """Connect; to be closed by whoever asked."""
        consumer = AIOKafkaConsumer(
            **cast("dict[str, Any]", brokers.client_options()),  # its names for all of them
            client_id="listener-scout",
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=_FETCH_BYTES,
            fetch_max_wait_ms=_WAIT_MS,
            request_timeout_ms=_REQUEST_MS,
        )
        try:
            await consumer.start()
        except BaseException:
            await consumer.stop()
            raise
        return cls(consumer, topic)

    async def close(self) -> None:
        await self._consumer.stop()

    async def first_since(self, partitions: Iterable[int], at: datetime) -> dict[int, int]:
        """The offset of the first record that the broker had at `at` or later, where there is one.

        By the broker's clock, as the topics are dated by it.
        """
        wanted = {self._place(number): int(at.timestamp() * 1000) for number in partitions}
        found = await self._consumer.offsets_for_times(wanted)
        return {place.partition: one.offset for place, one in found.items() if one is not None}

    async def ends(self, partitions: Iterable[int]) -> dict[int, int]:
        """The offset behind the last record of each partition."""
        found = await self._consumer.end_offsets([self._place(number) for number in partitions])
        return {place.partition: int(offset) for place, offset in found.items()}

    async def read(self, partition: int, offset: int, most: int) -> list[Placed]:
        """Up to `most` records from an offset on; none where the broker brings none in time."""
        place = self._place(partition)
        self._consumer.assign([place])
        try:
            self._consumer.seek(place, offset)
            found = await self._consumer.getmany(place, timeout_ms=_READ_MS, max_records=most)
        finally:
            self._consumer.pause(place)
        return [
            Placed(record.offset, record.timestamp / 1000, record.value or b"")
            for record in found.get(place, ())
        ]

    def _place(self, partition: int) -> TopicPartition:
        return TopicPartition(self._topic, partition)
