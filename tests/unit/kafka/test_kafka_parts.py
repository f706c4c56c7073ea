"""The small parts of the Kafka engine, each by itself."""

import asyncio
import json
import tracemalloc
import zlib
from collections.abc import Awaitable
from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry

from detectors.records import (
    Bucket,
    Counts,
    Deletion,
    Envelope,
    InvalidRecord,
    Mention,
    Progress,
    Tally,
    dumps,
)
from detectors.records.times import from_epoch
from detectors.sentiment import Sentiment, SentimentScorer
from listener.engines.kafka.brand_rows import brand_row, read_brand
from listener.engines.kafka.detect import DetectStage
from listener.engines.kafka.flusher import Flusher
from listener.engines.kafka.publish import PublishStage
from listener.engines.kafka.records import (
    Outgoing,
    Send,
    parse_tally_record,
    send_all,
    tally_records,
)
from listener.engines.kafka.rows import Row, Rows, Version, Versions
from listener.engines.kafka.score import ScoreStage
from listener.engines.kafka.seen_rows import SeenRows
from listener.engines.kafka.stall import StallWatch
from listener.engines.kafka.stretch import Source
from listener.engines.kafka.topics import Topics
from listener.metrics import Metrics
from listener.settings import KafkaSettings
from sinks import Publisher, Route
from tests.faults.recording import BRAND
from tests.unit.kafka.kafka_stages import (
    NOW,
    SCORER,
    SETTINGS,
    TOPICS,
    MemoryBroker,
    MemoryEvent,
    MemoryWorker,
    Stored,
)
from tests.unit.sinks.fakes import alert

PLACE = ("mentions", 0)
GONE = Deletion("chirp", id="1")


def row(value: bytes, version: Version, offset: int = 0) -> Stored:
    return Stored(0, offset, b"brand", value, version.headers)


@pytest.mark.parametrize("order", [[Version(2, 0), Version(1, 9)], [Version(1, 9), Version(2, 0)]])
def test_the_highest_version_of_a_row_wins_in_any_order(order: list[Version]) -> None:
    rows = Rows()
    for version in order:
        rows.take(row(repr(version).encode(), version))
    assert rows.of(0)[b"brand"].version == Version(2, 0)
    assert rows.of(0)[b"brand"].is_last == (order[-1] == Version(2, 0))


def test_a_row_without_a_version_never_replaces_one_with_it() -> None:
    rows = Rows()
    rows.take(row(b"ours", Version(1, 0)))
    rows.take(Stored(0, 1, b"brand", b"somebody's"))
    assert rows.of(0)[b"brand"].value == b"ours"


def test_nor_does_one_whose_version_leaves_no_room_for_those_to_come() -> None:
    rows = Rows()
    rows.take(row(b"ours", Version(1, 0)))
    rows.take(row(b"somebody's", Version(2**64 - 1, 0)))
    rows.take(Stored(0, 1, b"other", b"somebody's", Version(2**62, 0).headers))
    assert rows.of(0)[b"brand"].value == b"ours"
    epoch = Versions(rows.of(0).values(), 1).epoch
    assert Version(epoch).headers
    assert epoch < 10


def test_whoever_takes_over_later_writes_higher_versions_also_where_the_group_began_anew() -> None:
    found = [Row(b"", Version(10, 5))]
    wrote_nothing, next_one = Versions(found, 1), Versions(found, 2)
    later = Versions([*found, Row(b"", next_one.next())], 3)
    epochs = [10, wrote_nothing.epoch, next_one.epoch, later.epoch]
    assert sorted(set(epochs)) == epochs


@pytest.mark.parametrize("value", [brand_row({}, [])[:-4], zlib.compress(bytes(20 * 1024**2))])
def test_a_row_that_is_cut_off_or_far_larger_than_any_is_not_unpacked(
    value: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("listener.engines.kafka.brand_rows._MAX_UNPACKED", 1024**2)
    tracemalloc.start()
    assert read_brand(Row(value), "brand", (60,)) is None
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 5 * 1024**2


def test_tallies_beyond_a_megabyte_go_in_several_records_all_else_behind_them() -> None:
    tallies = [Tally("b" * 200_000, 0, offset, {}) for offset in range(12)]
    records = tally_records("tallies", 3, tallies, [GONE], [Progress(0, from_epoch(10))])
    assert len(records) > 1
    parsed = [parse_tally_record(record.value or b"", 1) for record in records]
    assert [tally.offset for some in parsed for tally in some.tallies] == list(range(12))
    assert [list(some.deletions) for some in parsed[:-1]] == [[]] * (len(records) - 1)
    assert [len(some.progress) for some in parsed[:-1]] == [0] * (len(records) - 1)
    assert (list(parsed[-1].deletions), len(parsed[-1].progress)) == ([GONE], 1)
    assert all(len(record.value or b"") < 1_300_000 for record in records)


def test_progress_on_a_partition_that_does_not_exist_is_refused() -> None:
    (record,) = tally_records("tallies", 0, [], [], [Progress(4, from_epoch(10))])
    with pytest.raises(InvalidRecord, match="partition: 4 is none of 4"):
        parse_tally_record(record.value or b"", 4)


async def test_only_what_the_broker_did_not_take_is_sent_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("listener.engines.kafka.records._RETRY_SECONDS", 0.0)
    sent: list[bytes | None] = []

    async def send(record: Outgoing) -> Awaitable[object]:
        sent.append(record.value)
        done = asyncio.get_running_loop().create_future()
        if record.value == b"b" and sent.count(b"b") < 3:
            done.set_exception(ConnectionError("gone"))
        else:
            done.set_result(None)
        return done

    await send_all(send, [Outgoing("t", 0, None, value) for value in (b"a", b"b")])
    assert sent == [b"a", b"b", b"b", b"b"]


def test_a_partition_that_stands_still_is_named_after_a_while() -> None:
    watch = StallWatch(patience=30)
    assert watch.look({PLACE: 9}, {PLACE: 4}, now=0) == ""
    assert watch.look({PLACE: 12}, {PLACE: 4}, now=29) == ""
    assert watch.look({PLACE: 12}, {PLACE: 4}, now=30) == "mentions:0 has stood still at 4 for 30 s"


def test_time_for_which_a_partition_is_excused_does_not_count() -> None:
    watch = StallWatch(patience=30)
    assert watch.look({PLACE: 9}, {PLACE: 4}, now=0, excused={PLACE}) == ""
    assert watch.look({PLACE: 9}, {PLACE: 4}, now=20) == ""
    assert watch.look({PLACE: 9}, {PLACE: 4}, now=500, excused={PLACE}) == ""
    assert watch.look({PLACE: 9}, {PLACE: 4}, now=509) == ""
    assert watch.look({PLACE: 9}, {PLACE: 4}, now=510) == "mentions:0 has stood still at 4 for 30 s"


def test_a_slow_or_an_empty_partition_does_not_stand_still() -> None:
    watch = StallWatch(patience=30)
    for now in range(0, 300, 20):
        assert watch.look({PLACE: 1000}, {PLACE: now}, now) == ""
    for now in range(300, 600, 20):
        assert watch.look({PLACE: 1000}, {PLACE: 1000}, now) == ""


async def test_an_alert_that_comes_again_while_it_is_delivered_is_delivered_once() -> None:
    delivered: list[str] = []
    committed: list[int] = []
    go = asyncio.Event()

    class SlowSink:
        name = "slow"

        async def deliver(self, told: object) -> None:
            delivered.append(str(told))
            await go.wait()

        async def close(self) -> None: ...

    done: list[str] = []
    topics = Topics(KafkaSettings())
    metrics = Metrics(CollectorRegistry())
    stage = PublishStage(topics, send=MemoryBroker().send, observer=metrics, on_done=done.append)
    publisher = Publisher([Route(SlowSink())], on_settled=stage.settled, dead_letter=stage.buried)
    publisher.start()
    told = alert(alert_id="one")
    event = MemoryEvent(0, 0, dumps(told.to_json()), committed.append)
    await stage.take(event, publisher)
    await asyncio.sleep(0)
    stage.forget()
    await stage.take(event, publisher)
    assert committed == []
    go.set()
    await publisher.drain(5)
    await publisher.close()
    assert len(delivered) == 1
    assert committed == [1]
    assert done == ["one"]


async def test_no_row_of_a_brand_is_stored_while_an_alert_of_it_is_under_way() -> None:
    """It would say no more that the alert is still to be sent; killed then, it would be lost."""
    topics = Topics(KafkaSettings(partitions=1))
    broker, may_go_on = MemoryBroker(), asyncio.Event()

    async def send(record: Outgoing) -> Awaitable[object]:
        if record.topic == topics.alerts:
            await may_go_on.wait()
        return await broker.send(record)

    stage = DetectStage(
        SETTINGS,
        topics,
        stored=lambda partition: {},
        generation=lambda: 1,
        send=send,
        observer=Metrics(CollectorRegistry()),
        on_alert=lambda alert_id: None,
    )
    (record,) = tally_records(topics.tallies, 0, [outcry()], [], [Progress(0, from_epoch(3700))])
    stage.take(MemoryEvent(0, 0, before(topics).value, lambda offset: None))
    stage.take(MemoryEvent(0, 1, record.value, lambda offset: None))
    assert stage.writer.is_due
    alerting, storing = (asyncio.create_task(work()) for work in (stage.writer.flush, stage.flush))
    for _ in range(20):
        await asyncio.sleep(0)
    rows = broker.topics[topics.states_changelog, 0]
    assert [alerts_in(row) for row in rows] == [1]
    may_go_on.set()
    await asyncio.gather(alerting, storing)
    assert len(broker.topics[topics.alerts, 0]) == 1
    assert alerts_in(rows[-2]) == 0  # the last row is the clock's


def before(topics: Topics) -> Outgoing:
    """Event time begins, an hour before the outcry."""
    return tally_records(topics.tallies, 0, [], [], [Progress(0, from_epoch(10))])[0]


def outcry() -> Tally:
    """Sixty people complain in ten seconds."""
    bucket = Bucket(Counts(mentions=60, negative=60))
    bucket.add_source("microblog/bluesky", 60, 60)
    bucket.add_authors([number * 2**25 for number in range(1, 61)], [])
    return Tally(BRAND[0], 0, 0, {3600: bucket})


def alerts_in(row: Stored) -> int:
    return len(json.loads(zlib.decompress(row.value or b""))["alerts"])


def scoring(send: Send) -> ScoreStage:
    """A stage that finds nothing stored."""
    return ScoreStage(
        SCORER,
        TOPICS,
        stored=lambda partition: {},
        generation=lambda: 1,
        send=send,
        observer=Metrics(CollectorRegistry()),
        clock=lambda: NOW,
    )


async def test_a_worker_takes_no_more_than_it_may_hold_while_the_broker_is_silent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("listener.engines.kafka.score._MAX_PENDING", 400)
    taken = 0

    async def send(record: Outgoing) -> Awaitable[object]:
        return asyncio.get_running_loop().create_future()

    stage = scoring(send)
    flusher = Flusher(stage)
    record = dumps(Envelope(watermark=from_epoch(3600)).to_json())

    async def pump() -> None:
        nonlocal taken
        for offset in range(10_000):
            stage.take(MemoryEvent(0, offset, record, lambda offset: None))
            taken += 1
            await flusher.wait_for_room()

    tasks = [asyncio.create_task(flusher.run()), asyncio.create_task(pump())]
    await asyncio.sleep(0.3)
    assert taken == 400
    for task in tasks:
        task.cancel()


async def test_behind_a_flush_that_was_cut_off_nothing_more_is_sent() -> None:
    """What comes later would look as if all before it had been sent."""
    sent: list[Outgoing] = []

    async def send(record: Outgoing) -> Awaitable[object]:
        sent.append(record)
        return asyncio.get_running_loop().create_future()

    stage = scoring(send)
    for offset in range(2):
        record = dumps(Envelope(watermark=from_epoch(3600 + offset)).to_json())
        stage.take(MemoryEvent(0, offset, record, lambda offset: None))
        flushing = asyncio.create_task(stage.flush())
        for _ in range(5):
            await asyncio.sleep(0)
        flushing.cancel()
        await asyncio.gather(flushing, return_exceptions=True)
    await stage.forget()
    assert {record.topic for record in sent} == {TOPICS.tallies}
    assert len(sent) == TOPICS.partitions


@pytest.mark.parametrize("digest", [2**63, 0.5, "1", None])
def test_a_row_of_keys_that_are_none_is_passed_over(digest: object) -> None:
    good = dumps({"offset": 1, "keys": [[7, 2**63 - 1], [7, -(2**63)]]})
    bad = dumps({"offset": 2, "keys": [[7, 1], [7, digest]]})
    rows = {b"0:1": Row(good, Version(0, 0)), b"0:2": Row(bad, Version(0, 0))}
    source = Source(0, SeenRows(TOPICS.seen_changelog, 0, rows, 1))
    assert (len(source.seen), source.rows.done) == (2, 1)


async def test_a_mention_that_our_own_code_fails_on_is_refused_and_the_rest_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broker = MemoryBroker()
    mentions = tuple(
        Mention(
            id=str(number), text=f"{BRAND[0]} {number}", published_at=NOW - timedelta(minutes=1)
        )
        for number in range(4)
    )
    envelopes = [Envelope(mentions[:2]), Envelope(mentions[2:], watermark=NOW)]
    score = SentimentScorer.score

    def fails_on_one(self: SentimentScorer, text: str, *rest: str) -> Sentiment:
        if "2" in text:
            raise ZeroDivisionError
        return score(self, text, *rest)

    monkeypatch.setattr(SentimentScorer, "score", fails_on_one)
    worker = MemoryWorker(broker, 1)
    for envelope in envelopes:
        broker.append(Outgoing(TOPICS.mentions, 0, None, dumps(envelope.to_json())))
    worker.take_mentions(2)
    await worker.score.flush()

    assert broker.mentions_in_tallies() == len(mentions) - 1
    (refused,) = broker.topics[TOPICS.rejected, 0]
    told = json.loads(refused.value or b"")
    assert (told["code"], told["where"]) == ("internal", f"{TOPICS.mentions}:0:1")
    assert json.loads(told["raw"])["id"] == "2"
    assert broker.committed[TOPICS.mentions, 0] == len(envelopes)
