"""What the first stage makes of records, by their weight and by their date."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from detectors.records import Envelope, Mention, dumps
from detectors.records.envelope import MAX_BYTES
from detectors.records.mention import MAX_FIELD
from listener.engines.kafka.event import FaustEvent
from listener.engines.kafka.topics import MAX_OWN_BYTES
from tests.faults.recording import BRAND
from tests.unit.kafka.kafka_stages import NOW, TOPICS, MemoryBroker, MemoryEvent, MemoryWorker

WIDE = "\N{CJK UNIFIED IDEOGRAPH-20000}"
"""Four bytes, and one character of those that a field may have."""
HEAVY = 20
IN_ENVELOPE = 50


def heavy(number: int) -> Mention:
    """As heavy as a mention may be, in a step of time of its own."""
    return Mention(
        id=f"{number}".ljust(MAX_FIELD, WIDE),
        text=f"{BRAND[0]} terrible awful ".ljust(300, WIDE),
        published_at=NOW - timedelta(seconds=10 * (number + 1)),
        source=f"s{number % 20}".ljust(MAX_FIELD, WIDE),
        author=WIDE * MAX_FIELD,
        url=WIDE * MAX_FIELD,
        repost_of=f"x{number}".ljust(MAX_FIELD, WIDE),
        reach=1_000_000,
    )


def heavy_log() -> list[bytes]:
    """Envelopes that anyone may send, and a watermark behind them all."""
    envelopes = [
        Envelope(tuple(heavy(IN_ENVELOPE * n + i) for i in range(IN_ENVELOPE)))
        for n in range(HEAVY)
    ]
    return [dumps(envelope.to_json()) for envelope in (*envelopes, Envelope(watermark=NOW))]


async def scored(values: Sequence[bytes], at: datetime | None = None) -> MemoryBroker:
    broker = MemoryBroker()
    worker = MemoryWorker(broker, 1)
    for offset, value in enumerate(values):
        worker.score.take(MemoryEvent(0, offset, value, lambda offset: None, at))
    await worker.score.flush()
    return broker


def sizes(broker: MemoryBroker) -> list[int]:
    """Bytes of the records on `tallies`."""
    return [
        len(record.value or b"")
        for (topic, _), log in broker.topics.items()
        if topic == TOPICS.tallies
        for record in log
    ]


async def test_what_comes_of_the_heaviest_mentions_fits_on_tallies() -> None:
    values = heavy_log()
    assert sum(map(len, values)) > 2 * MAX_BYTES
    assert max(map(len, values)) < MAX_BYTES
    broker = await scored(values)
    assert broker.mentions_in_tallies() == HEAVY * IN_ENVELOPE
    assert max(sizes(broker)) < MAX_OWN_BYTES


async def test_so_does_what_comes_of_many_small_ones_each_in_a_step_of_its_own() -> None:
    mentions = [
        Mention(str(n), f"{BRAND[0]} {n}", NOW - timedelta(seconds=10 * n)) for n in range(1000)
    ]
    broker = await scored([dumps(Envelope(tuple(mentions), watermark=NOW).to_json())])
    assert broker.mentions_in_tallies() == len(mentions)
    assert max(sizes(broker)) < MAX_OWN_BYTES / 8


def live(published_at: datetime) -> list[bytes]:
    mention = Mention("1", f"{BRAND[0]} 1", published_at)
    return [dumps(Envelope((mention,), watermark=published_at).to_json())]


async def test_what_is_in_the_future_is_told_by_the_brokers_clock_and_not_the_workers() -> None:
    """The worker's is at `NOW`."""
    slow = await scored(live(NOW + timedelta(hours=1)), at=NOW + timedelta(hours=1, seconds=2))
    assert slow.mentions_in_tallies() == 1
    assert not slow.topics[TOPICS.rejected, 0]

    before = NOW - timedelta(hours=2)
    watermark = dumps(Envelope(watermark=before).to_json())
    fast = await scored([*live(NOW - timedelta(hours=1)), watermark], at=before)
    assert fast.mentions_in_tallies() == 0
    refused = [json.loads(record.value or b"") for record in fast.topics[TOPICS.rejected, 0]]
    assert [rejection["code"] for rejection in refused] == ["future_date"] * 2


@pytest.mark.parametrize(
    ("timestamp", "at"),
    [
        (1_700_000_000_123, datetime(2023, 11, 14, 22, 13, 20, 123000, UTC)),
        (-1, None),
        (2**62, None),
    ],
)
def test_a_record_may_say_when_it_came(timestamp: int, at: datetime | None) -> None:
    record = SimpleNamespace(
        topic="t", partition=0, offset=0, timestamp=timestamp, key=None, value=b"", headers=()
    )
    assert FaustEvent(record, None).at == at
