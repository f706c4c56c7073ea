"""The scout of a worker that is behind, on an end of the log in memory."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from aiokafka.errors import KafkaConnectionError
from prometheus_client import CollectorRegistry

from detectors.records import Envelope, Glance, Mention, dumps
from listener.engines.kafka.log_end import Placed
from listener.engines.kafka.records import parse_tally_record
from listener.engines.kafka.sampler import take_sample
from listener.engines.kafka.scout import Scout
from listener.metrics import Metrics
from tests.faults.recording import BRAND
from tests.unit.kafka.kafka_stages import PARTITIONS, SCORER, TOPICS, MemoryBroker

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
BAD = f"{BRAND[0]} is down again, this is terrible"
GOOD = f"{BRAND[0]} put the new mast up on Monday, nice work"


@dataclass
class MemoryEnd:
    """Partitions as lists of records; how often each was read."""

    logs: dict[int, list[Placed]]
    reads: int = 0
    fails: bool = False
    closed: bool = False

    async def first_since(self, partitions: Sequence[int], at: datetime) -> dict[int, int]:
        since = at.timestamp()
        if self.fails:
            raise KafkaConnectionError
        later = {n: [one.offset for one in self.logs[n] if one.at >= since] for n in partitions}
        return {number: offsets[0] for number, offsets in later.items() if offsets}

    async def ends(self, partitions: Sequence[int]) -> dict[int, int]:
        return {number: self.logs[number][-1].offset + 1 for number in partitions}

    async def read(self, partition: int, offset: int, most: int) -> list[Placed]:
        self.reads += 1
        return [one for one in self.logs[partition] if one.offset >= offset][:most]

    async def close(self) -> None:
        self.closed = True
        if self.fails:
            raise KafkaConnectionError


def said(number: int, text: str, ago: float, published: float | None = None) -> Mention:
    at = NOW - timedelta(seconds=ago if published is None else published)
    return Mention(
        id=str(number), text=text, published_at=at, source="chirp", kind="microblog", author=None
    )


def placed(offset: int, ago: float, *mentions: Mention) -> Placed:
    envelope = Envelope(tuple(mentions))
    return Placed(offset, NOW.timestamp() - ago, dumps(envelope.to_json()))


def flood(records: int = 1000, *, old: bool = False, each: int = 1) -> list[Placed]:
    """Ten minutes of records up to now, half of them bad."""
    log = []
    for offset in range(records):
        ago = 600 * (1 - offset / records)
        mentions = [
            said(offset * each + n, GOOD if offset % 2 else BAD, ago, 86_400 if old else None)
            for n in range(each)
        ]
        log.append(placed(offset, ago, *mentions))
    return log


@dataclass
class Post:
    """A scout, and what it sent."""

    end: MemoryEnd
    reached: dict[int, int]
    broker: MemoryBroker = field(default_factory=MemoryBroker)
    opened: int = 0

    def __post_init__(self) -> None:
        self.registry = CollectorRegistry()
        self.scout = Scout(
            self._open,
            TOPICS,
            SCORER,
            reached=lambda: self.reached,
            send=self.broker.send,
            observer=Metrics(self.registry),
            after=60,
            span=300,
            clock=lambda: NOW,
        )

    async def _open(self) -> MemoryEnd:
        self.opened += 1
        return self.end

    @property
    def glances(self) -> list[Glance]:
        return [
            glance
            for number in range(PARTITIONS)
            for record in self.broker.topics[TOPICS.tallies, number]
            for glance in parse_tally_record(record.value or b"", PARTITIONS).glances
        ]

    def gauge(self, name: str) -> float | None:
        return self.registry.get_sample_value(f"listener_{name}")


async def test_a_backlog_behind_which_nothing_came_for_a_while_is_one() -> None:
    log = [placed(offset, 300 - offset, said(offset, BAD, 300 - offset)) for offset in range(200)]
    post = Post(MemoryEnd({0: log}), {0: 0})
    await post.scout.look()
    assert post.gauge("scoring_behind_seconds") == 300
    assert len(post.glances) == 1


async def test_a_worker_that_has_taken_all_is_not_behind_however_long_ago_that_was() -> None:
    log = [placed(0, 300, said(0, BAD, 300))]
    post = Post(MemoryEnd({0: log}), {0: 1})
    await post.scout.look()
    assert post.gauge("scoring_behind_seconds") == 0


async def test_a_worker_that_is_behind_hears_what_is_said_now() -> None:
    post = Post(MemoryEnd({0: flood(), 1: flood()}), {0: 10, 1: 990})
    await post.scout.look()
    assert sorted(glance.partition for glance in post.glances) == [0, 1], "all that it has"
    for glance in post.glances:
        assert glance.brand == BRAND[0]
        assert glance.behind == 594
        assert glance.taken_at == NOW
        assert (glance.end - glance.begin, glance.end) == (300, int(NOW.timestamp()))
        counts = glance.bucket.counts
        assert 100 <= counts.mentions <= 200
        assert abs(counts.mentions * glance.scale - 500) <= 60
        assert abs(counts.negative - counts.mentions / 2) <= 10
    assert post.gauge("scoring_behind_seconds") == 594
    assert post.gauge("glanced_mentions_total") == sum(
        glance.bucket.counts.mentions for glance in post.glances
    )


async def test_a_worker_that_keeps_up_only_asks_the_time() -> None:
    for reached in (980, 1000):
        post = Post(MemoryEnd({0: flood()}), {0: reached})
        await post.scout.look()
        assert (post.end.reads, post.glances) == (0, [])
        assert post.gauge("scoring_behind_seconds") == 0


async def test_a_worker_without_partitions_asks_nothing() -> None:
    post = Post(MemoryEnd({}), {})
    await post.scout.look()
    assert post.opened == 0


async def test_history_that_comes_in_is_no_news() -> None:
    post = Post(MemoryEnd({0: flood(old=True)}), {0: 10})
    await post.scout.look()
    assert post.glances == []


async def test_envelopes_are_read_a_few_and_of_each_a_part() -> None:
    post = Post(MemoryEnd({0: flood(each=50)}), {0: 10})
    await post.scout.look()
    (glance,) = post.glances
    assert post.end.reads <= 11
    counts = glance.bucket.counts
    assert 100 <= counts.mentions <= 200
    assert abs(counts.mentions * glance.scale - 25_000) <= 3_000
    assert len(glance.places) == 10
    assert len(glance.writers) == counts.negative


async def test_a_log_of_a_few_records_is_read_to_its_end_and_nothing_scaled() -> None:
    log = [placed(offset, 250 - offset, said(offset, BAD, 240 - offset)) for offset in range(8)]
    sample = await take_sample(MemoryEnd({0: log}), 0, range(8), 200, NOW)
    assert sample.scale == 1
    assert [mention.id for place in sample.places for mention in place] == list("01234567")


async def test_offsets_that_hold_nothing_are_no_mentions() -> None:
    """As where producers use transactions: every other offset is a mark."""
    log = [placed(offset, 100, said(offset, BAD, 100)) for offset in range(0, 4000, 2)]
    sample = await take_sample(MemoryEnd({0: log}), 0, range(4000), 200, NOW)
    found = sum(map(len, sample.places))
    assert abs(found * sample.scale - 2000) < 150


async def test_what_comes_twice_in_the_sample_counts_once() -> None:
    log = [placed(offset, 100, said(7, BAD, 100)) for offset in range(1000)]
    sample = await take_sample(MemoryEnd({0: log}), 0, range(1000), 200, NOW)
    assert sum(map(len, sample.places)) == 1


async def test_garbage_at_the_end_of_the_log_is_passed_over() -> None:
    log = [Placed(offset, NOW.timestamp() - 100, b"\xff[[[") for offset in range(1000)]
    post = Post(MemoryEnd({0: log}), {0: 10})
    await post.scout.look()
    assert post.glances == []


async def test_a_broker_that_fails_it_is_asked_again_on_another_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("listener.engines.kafka.scout._LOOK_SECONDS", 0.01)
    post = Post(MemoryEnd({0: flood()}, fails=True), {0: 10})
    failing = post.end
    running = asyncio.create_task(post.scout.run())
    async with asyncio.timeout(20):
        while post.opened < 2:  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0.01)
        assert failing.closed
        failing.fails = False
        while not post.glances:  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0.01)
    failing.closed = False
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert failing.closed
