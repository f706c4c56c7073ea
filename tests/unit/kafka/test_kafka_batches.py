"""Records that Faust brings in batches: none is left out, none acknowledged before its time."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise

from faust.types import TP
from hypothesis import given
from hypothesis import strategies as st

from listener.engines.kafka.app import make_app
from listener.engines.kafka.batches import MAX_BYTES, Batch, BatchConsumer, in_batches
from listener.engines.kafka.event import events_of
from listener.engines.kafka.topics import Topics
from listener.settings import KafkaSettings
from sinks.brokers import Brokers

TOPICS = Topics(KafkaSettings(partitions=1))
PLACE = TP(TOPICS.mentions, 0)


@dataclass
class Fetched:
    """A record as aiokafka gives it."""

    offset: int
    value: bytes | None = b"x"
    topic: str = TOPICS.mentions
    partition: int = 0
    timestamp: int = 1_700_000_000_000


@dataclass
class Log:
    """A partition with holes, and what Faust's consumer does with it."""

    offsets: list[int]
    consumer: BatchConsumer = field(init=False)

    def __post_init__(self) -> None:
        app = make_app(Brokers.parse("kafka://localhost:1"), TOPICS)
        self.consumer = app._new_consumer()
        app.topics._acking_topics.add(TOPICS.mentions)

    def batches(self) -> Iterator[Batch]:
        """As Faust's loop takes them, which compares each with the last one's offset."""
        consumer, reached = self.consumer, None
        for records in in_batches([Fetched(offset) for offset in self.offsets]):
            batch = consumer._to_message(PLACE, records)
            assert isinstance(batch, Batch)
            if reached is not None and batch.offset - reached > 1:
                asyncio.run(consumer._add_gap(PLACE, reached + 1, batch.offset))
            reached = batch.offset
            batch.incref()
            yield batch

    def commit(self) -> int | None:
        """The offset that would be committed now."""
        offset = self.consumer._new_offset(PLACE)
        if offset is not None and self.consumer._should_commit(PLACE, offset):
            self.consumer._committed_offset[PLACE] = offset
        return self.consumer._committed_offset[PLACE]


def logs() -> st.SearchStrategy[list[int]]:
    return st.sets(st.integers(0, 60), min_size=1).map(sorted)


@given(logs())
def test_every_record_is_in_one_batch_and_none_spans_a_hole(offsets: list[int]) -> None:
    batches = list(in_batches([Fetched(offset) for offset in offsets]))

    assert [record.offset for batch in batches for record in batch] == offsets
    for batch in batches:
        assert all(b.offset == a.offset + 1 for a, b in pairwise(batch))


def test_a_batch_ends_with_the_record_that_fills_it() -> None:
    half = bytes(MAX_BYTES // 2)

    batches = in_batches([Fetched(offset, half) for offset in range(5)])

    assert [len(batch) for batch in batches] == [2, 2, 1]


def test_tombstones_weigh_nothing() -> None:
    assert [len(batch) for batch in in_batches([Fetched(0, None), Fetched(1, None)])] == [2]


@given(logs())
def test_what_is_acknowledged_in_turn_is_committed_up_to_there_and_no_further(
    offsets: list[int],
) -> None:
    log = Log(offsets)

    for batch in list(log.batches()):
        before = log.commit()
        for event in events_of(batch, partial(batch.ack, log.consumer)):
            assert log.commit() == before
            event.ack()
        assert log.commit() == batch.offset + 1


@given(logs(), st.data())
def test_nothing_behind_an_unfinished_batch_is_committed(
    offsets: list[int], data: st.DataObject
) -> None:
    log = Log(offsets)
    first, *others = log.batches()
    first.ack(log.consumer)
    log.commit()  # else Faust takes whatever is acknowledged first for the beginning
    unfinished = data.draw(st.sampled_from([None, *others]))

    for batch in others:
        if batch is not unfinished:
            batch.ack(log.consumer)

    end = others[-1].offset + 1 if others else first.offset + 1
    committed = log.commit()
    assert committed is not None
    assert committed == end if unfinished is None else committed <= unfinished.begin


def test_a_batch_counts_once_however_often_it_is_acknowledged() -> None:
    log = Log([3, 4, 5])
    (batch,) = log.batches()

    batch.ack(log.consumer)
    batch.ack(log.consumer)

    assert log.consumer._acked[PLACE] == [3, 4, 5]


def test_topics_that_are_not_batched_come_record_by_record() -> None:
    consumer = Log([]).consumer
    alerts = [Fetched(0, topic=TOPICS.alerts), Fetched(1, topic=TOPICS.alerts)]

    assert consumer._in_batches(TP(TOPICS.alerts, 0), alerts) == [[alerts[0]], [alerts[1]]]
    assert consumer._in_batches(PLACE, [Fetched(0), Fetched(1)]) == [[Fetched(0), Fetched(1)]]
