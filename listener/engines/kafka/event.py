"""Faust's event as the stages see it."""

from collections.abc import Callable, Iterator

from listener.engines.kafka.batches import Batch, Record


class FaustEvent:
    """One record: where it stands, what it holds, and that it is done with."""

    __slots__ = ("_ack", "_record")

    def __init__(self, record: Record, ack: Callable[[], object] | None) -> None:
        """`ack` acknowledges the batch that the record is the last of."""
        self._record = record
        self._ack = ack

    @property
    def partition(self) -> int:
        return self._record.partition

    @property
    def offset(self) -> int:
        return self._record.offset

    @property
    def value(self) -> bytes | None:
        return self._record.value

    def ack(self) -> None:
        if self._ack is not None:
            self._ack()


def events_of(batch: Batch, ack: Callable[[], object]) -> Iterator[FaustEvent]:
    """The records of a batch: with the last one, all are done with."""
    *others, last = batch.records
    for record in others:
        yield FaustEvent(record, None)
    yield FaustEvent(last, ack)
