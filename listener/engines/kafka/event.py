"""Faust's event as the stages see it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from listener.engines.kafka.batches import Batch, Record


class FaustEvent:
    """One record: where it stands, what it holds, and that it is done with."""

    __slots__ = ("_ack", "_timestamp", "offset", "partition", "value")

    def __init__(self, record: Record, ack: Callable[[], object] | None) -> None:
        """`ack` acknowledges the batch that the record is the last of."""
        self.partition = record.partition
        self.offset = record.offset
        self.value = record.value
        self._timestamp = record.timestamp
        self._ack = ack

    @property
    def at(self) -> datetime | None:
        try:
            told = datetime.fromtimestamp(self._timestamp / 1000, UTC)
        except (ValueError, OverflowError, OSError):
            return None
        return told if self._timestamp >= 0 else None

    def release(self) -> None:
        """Hold the value no longer: many wait to be acknowledged, and each may be large."""
        self.value = None

    def ack(self) -> None:
        if self._ack is not None:
            self._ack()


def events_of(batch: Batch, ack: Callable[[], object]) -> Iterator[FaustEvent]:
    """The records of a batch: with the last one, all are done with."""
    *others, last = batch.take_records()
    for record in others:
        yield FaustEvent(record, None)
    yield FaustEvent(last, ack)
