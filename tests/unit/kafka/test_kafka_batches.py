"""Records that Faust brings in batches: none is left out, none acknowledged before its time."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from faust.types import TP
from hypothesis import given
from hypothesis import strategies as st

from listener.engines.kafka.app import make_app
from listener.engines.kafka.batches import MAX_BYTES, Batch, BatchConsumer, in_batches
from listener.engines.kafka.event import events_of
from listener.engines.kafka.flusher import Flusher
from listener.engines.kafka.gaps import Starts
from listener.engines.kafka.intake import Intake
from listener.engines.kafka.stall import Place
from listener.engines.kafka.stretch import Event
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
    key: bytes | None = None
    headers: object = ()
    topic: str = TOPICS.mentions
    partition: int = 0
    timestamp: int = 1_700_000_000_000


@dataclass
class Log:
    """A partition with holes, and what Faust's consumer does with it."""

    offsets: list[int]
    consumer: BatchConsumer = field(init=False)

    def __post_init__(self) -> None:
        app = make_app(Brokers.parse("kafka://localhost:1"), TOPICS, has_room=lambda topic: True)
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


@given(logs())
def test_rows_of_a_changelog_come_together_whatever_compaction_left_out(offsets: list[int]) -> None:
    records = [Fetched(offset) for offset in offsets]
    assert list(in_batches(records, over_holes=True)) == [records]


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


def test_offsets_that_are_acknowledged_again_with_others_hold_no_commit_up() -> None:
    log = Log([])
    for offsets in (range(14), range(8, 20)):
        batch = log.consumer._to_message(PLACE, [Fetched(offset) for offset in offsets])
        batch.incref()
        batch.ack(log.consumer)

    assert log.commit() == 20


def test_a_batch_that_waits_to_be_acknowledged_holds_no_records() -> None:
    (batch,) = Log([3, 4, 5]).batches()

    events = list(events_of(batch, lambda: None))
    for event in events:
        event.release()

    assert [event.offset for event in events] == [3, 4, 5]
    assert {event.value for event in events} == {None}
    assert (batch.begin, list(batch.take_records())) == (3, [])


class Brought:
    """A stream of batches, as the agents are given it."""

    def __init__(self, batches: Sequence[object]) -> None:
        self._batches = batches
        queue: asyncio.Queue[Batch] = asyncio.Queue()
        self.channel = SimpleNamespace(get_topic_name=lambda: TOPICS.mentions, queue=queue)

    def noack(self) -> "Brought":
        return self

    async def events(self) -> AsyncIterator[SimpleNamespace]:
        for batch in self._batches:
            yield SimpleNamespace(message=batch, ack=lambda: None)


def brought(*fetched: Iterable[int]) -> tuple[Intake, Any]:
    """An intake, and a stream of these fetches of a partition from 0 on."""
    consumer = Log([]).consumer
    batches = [
        consumer._to_message(PLACE, [Fetched(offset) for offset in offsets]) for offsets in fetched
    ]
    intake = Intake(consumer.app, Brokers.parse("kafka://localhost:1"), "group")
    intake.is_open = True
    intake.reached[PLACE.topic, PLACE.partition] = 0
    return intake, Brought(batches)


async def take(*fetched: Iterable[int]) -> list[int]:
    """The offsets that come of these fetches, one after the other."""
    intake, stream = brought(*fetched)
    return [event.offset async for event in intake.events(stream)]


async def test_what_is_brought_again_is_passed_over() -> None:
    assert await take(range(14), range(8), range(8, 20), range(20, 22)) == list(range(22))


async def test_where_partitions_start_is_asked_once_for_all_and_again_where_it_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers: list[dict[Place, int] | Exception] = [
        OSError("no file is free"),
        {},
        {("a", 0): 5, ("a", 1): 7},
    ]
    asked: list[Collection[Place]] = []

    def starts_of(brokers: Brokers, group: str, places: Collection[Place]) -> Mapping[Place, int]:
        asked.append(places)
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr("listener.engines.kafka.gaps.starts_of", starts_of)
    starts = Starts(Brokers.parse("kafka://localhost:1"), "group")
    starts.begin([("a", 0), ("a", 1)])
    with pytest.raises(OSError, match="no file"):
        await starts.of(("a", 0))
    assert await starts.of(("a", 0)) is None
    assert [*await asyncio.gather(starts.of(("a", 0)), starts.of(("a", 1)))] == [5, 7]
    assert asked == [[("a", 0), ("a", 1)]] * 3


class Taker:
    """A stage that always has room."""

    is_full = False
    is_due = False

    def __init__(self) -> None:
        self.taken: list[int] = []

    def take(self, event: Event) -> None:
        self.taken.append(event.offset)

    async def flush(self) -> None: ...

    step = flush


@pytest.fixture
def looking(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stage looks whether to give way behind every record."""
    monkeypatch.setattr("listener.engines.kafka.intake._YIELD_SECONDS", 0)


@pytest.mark.usefixtures("looking")
async def test_a_stage_takes_no_more_as_long_as_it_gives_way() -> None:
    intake, stream = brought(range(3))
    stage, others_wait = Taker(), True

    pumping = asyncio.create_task(
        intake.pump(stream, stage, Flusher(stage), gives_way=lambda: others_wait)
    )
    await asyncio.sleep(0.1)
    assert stage.taken == [0]

    others_wait = False
    await pumping
    assert stage.taken == [0, 1, 2]
    assert intake.taken == 3


@pytest.mark.usefixtures("looking")
async def test_a_stage_takes_nothing_of_a_partition_that_went_while_it_gave_way() -> None:
    intake, stream = brought(range(3))
    stage, others_wait = Taker(), True
    pumping = asyncio.create_task(
        intake.pump(stream, stage, Flusher(stage), gives_way=lambda: others_wait)
    )
    await asyncio.sleep(0.1)
    assert stage.taken == [0]

    intake.is_open = False
    others_wait = False
    await pumping

    assert stage.taken == [0]


async def test_how_many_batches_wait_in_a_stream_is_known() -> None:
    intake, stream = brought(range(3))
    assert intake.held(TOPICS.mentions) == 0

    async for _ in intake.events(stream):
        stream.channel.queue.put_nowait(SimpleNamespace(message=Batch([Fetched(9)], PLACE, 1)))

    assert intake.held(TOPICS.mentions) == 3
    assert intake.held(TOPICS.tallies) == 0
    assert intake.waiting == {(PLACE.topic, PLACE.partition)}


class Fetching:
    """Aiokafka's thread, which brings some records of each partition that it is asked for."""

    def __init__(self) -> None:
        self.asked: list[set[TP]] = []

    async def getmany(self, wanted: set[TP], timeout: float) -> dict[TP, list[Fetched]]:  # noqa: ASYNC109 - Faust's
        self.asked.append(set(wanted))
        return {tp: [Fetched(0, topic=tp.topic, partition=tp.partition)] for tp in wanted}

    def highwater(self, tp: TP) -> int:
        return 10


async def asked(*full: str) -> tuple[BatchConsumer, Fetching]:
    """A consumer that has asked twice, where the streams of some topics are full."""
    app = make_app(
        Brokers.parse("kafka://localhost:1"), TOPICS, has_room=lambda topic: topic not in full
    )
    consumer, thread = app._new_consumer(), Fetching()
    consumer._thread = thread
    for _ in range(2):
        await consumer._getmany({PLACE, TP(TOPICS.tallies, 0)}, timeout=0.01)
    return consumer, thread


async def test_only_what_there_is_room_for_is_asked_of_the_broker() -> None:
    consumer, thread = await asked(TOPICS.mentions)

    assert thread.asked == [{TP(TOPICS.tallies, 0)}] * 2
    assert consumer.held_back == {PLACE}
    assert consumer.turns.left(TOPICS.tallies) == 9


async def test_the_broker_is_asked_for_nothing_where_there_is_no_room_at_all() -> None:
    consumer, thread = await asked(TOPICS.mentions, TOPICS.tallies)

    assert thread.asked == [], "an empty set would be taken for all"
    assert consumer.held_back == {PLACE, TP(TOPICS.tallies, 0)}


async def test_nothing_is_held_back_where_faust_has_stopped_asking(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    consumer, _ = await asked(TOPICS.mentions)
    monkeypatch.setattr("listener.engines.kafka.batches._ASKS_SECONDS", 0.0)
    assert consumer.held_back == set()
