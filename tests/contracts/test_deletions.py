"""On every engine: what was deleted is shown no more, and counts as if nothing had happened.

The embedded engine as it is; of the Kafka engine what ingest sends and both stages of a worker,
on a broker in memory.
"""

import random
import sqlite3
import zlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

import pytest
from prometheus_client import CollectorRegistry

from detectors.records import Alert, Deletion, Mention, dumps, loads
from detectors.records.codec import as_object
from listener.engines.embedded import STATE_FILE, EmbeddedEngine
from listener.engines.kafka.log import envelopes_of
from listener.engines.kafka.records import Outgoing
from listener.ingest import Portion
from listener.metrics import Metrics
from tests.unit.kafka.kafka_stages import (
    NOW,
    PARTITIONS,
    SETTINGS,
    TOPICS,
    MemoryBroker,
    MemoryWorker,
)

START = NOW - timedelta(days=2)
QUIET, OUTAGE = timedelta(hours=3), timedelta(hours=1)
STEP = timedelta(minutes=2)


class Engine(Protocol):
    """An engine with nothing in it."""

    async def feed(self, portions: Iterable[Portion]) -> None: ...

    def alerts(self) -> list[Alert]:
        """All that are kept, in the order in which they arose."""
        ...

    def state(self) -> bytes:
        """What is stored of the brand, but for how far it was read."""
        ...


class Embedded:
    def __init__(self, path: Path) -> None:
        self._path = path

    async def feed(self, portions: Iterable[Portion]) -> None:
        engine = EmbeddedEngine(
            SETTINGS, self._path, sinks=["s"], observer=Metrics(CollectorRegistry())
        )
        for portion in portions:
            await engine.append(portion)
        await engine.close()

    def alerts(self) -> list[Alert]:
        return [Alert.from_json(loads(row)) for row in self._rows("alert FROM alerts")]

    def state(self) -> bytes:
        return b"".join(_without_positions(loads(row)) for row in self._rows("state FROM brands"))

    def _rows(self, what: str) -> list[bytes]:
        with closing(sqlite3.connect(self._path / STATE_FILE)) as database:
            return [row for (row,) in database.execute(f"SELECT {what}")]


class Kafka:
    def __init__(self, path: Path) -> None:
        del path
        self._broker = MemoryBroker()
        self._generation = 0

    async def feed(self, portions: Iterable[Portion]) -> None:
        self._generation += 1
        worker = MemoryWorker(self._broker, self._generation)
        for portion in portions:
            for partition, envelope in envelopes_of(portion, PARTITIONS):
                value = dumps(envelope.to_json())
                self._broker.append(Outgoing(TOPICS.mentions, partition, None, value))
            await worker.work()

    def alerts(self) -> list[Alert]:
        return [Alert.from_json(alert) for alert in self._broker.alerts()]

    def state(self) -> bytes:
        rows = self._broker.rows(TOPICS.states_changelog)
        brand = SETTINGS.brands[0].name.encode()
        stored = [
            rows.of(number)[brand] for number in range(PARTITIONS) if brand in rows.of(number)
        ]
        records = (as_object(loads(zlib.decompress(row.value)), "row") for row in stored)
        return b"".join(_without_positions(record["state"]) for record in records)


def _without_positions(state: object) -> bytes:
    return dumps({**as_object(state, "state"), "positions": {}})


NewEngine = Callable[[], Engine]


@pytest.fixture(params=[Embedded, Kafka])
def new_engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> NewEngine:
    return lambda: request.param(tmp_path_factory.mktemp("engine"))


def said(number: int, at: datetime, text: str) -> Mention:
    return Mention(
        id=f"m{number}",
        text=f"Koperdraad {text}, says number-{number}",
        published_at=at,
        source="bluesky",
        kind="microblog",
        author=f"author{number % 40}",
        language="en",
        reach=number % 37,
    )


@pytest.fixture(scope="module")
def portions() -> list[Portion]:
    """Three quiet hours and one of an outage, two minutes in each portion."""
    dice = random.Random(5)
    moments = [START + QUIET * dice.random() for _ in range(60)]
    moments += [START + QUIET + OUTAGE * dice.random() for _ in range(240)]
    mentions = [
        said(number, at, "works" if at < START + QUIET else "is down, this is terrible")
        for number, at in enumerate(sorted(moments))
    ]
    found = []
    for start in range(int((QUIET + OUTAGE) / STEP)):
        since, until = START + start * STEP, START + (start + 1) * STEP
        some = [mention for mention in mentions if since <= mention.published_at < until]
        found.append(Portion(some, watermark=until, connector="c", cursor=str(start)))
    return found


def with_deletions(
    portions: Sequence[Portion], after: datetime, *deletions: Deletion
) -> list[Portion]:
    """With those in the first portion that reaches beyond `after`."""
    place = next(n for n, portion in enumerate(portions) if (portion.watermark or START) > after)
    changed = replace(portions[place], deletions=deletions)
    return [*portions[:place], changed, *portions[place + 1 :]]


def counts_of(alerts: Iterable[Alert]) -> list[Alert]:
    """All of an alert that comes of counting."""
    return [replace(alert, posts=(), reason=replace(alert.reason, words=[])) for alert in alerts]


Alerts = Callable[[], Awaitable[list[Alert]]]


async def test_a_deleted_post_and_a_deleted_account_are_neither_kept_nor_shown_later(
    new_engine: NewEngine, portions: list[Portion]
) -> None:
    usual = new_engine()
    await usual.feed(portions)
    (alert,) = usual.alerts()
    first, second, *others = sorted(alert.posts, key=lambda post: post.published_at)
    assert second.published_at + STEP < alert.at, "there must be time to take it back"

    engine = new_engine()
    gone = Deletion("bluesky", id=first.id), Deletion("bluesky", author=second.author)
    await engine.feed(with_deletions(portions, second.published_at, *gone))
    assert counts_of(engine.alerts()) == counts_of(usual.alerts())
    assert [post for post in engine.alerts()[0].posts if post in alert.posts] == [
        post for post in alert.posts if post in others
    ]
    for text in (first.text, second.text):
        assert text.encode() in usual.state()
        assert text.encode() not in engine.state()


async def test_a_deletion_that_comes_again_after_a_restart_changes_nothing(
    new_engine: NewEngine, portions: list[Portion]
) -> None:
    engine = new_engine()
    await engine.feed(portions)
    victim = engine.alerts()[-1].posts[0]
    later = START + QUIET + OUTAGE + STEP
    gone = [Portion(deletions=[Deletion("bluesky", id=victim.id)], watermark=later)]
    counted = counts_of(engine.alerts())
    assert victim.text.encode() in engine.state()
    await engine.feed(gone)
    state = engine.state()
    assert victim.text.encode() not in state
    await engine.feed(gone)
    assert engine.state() == state
    assert counts_of(engine.alerts()) == counted


async def test_one_that_comes_with_its_own_mention_leaves_the_count_alone(
    new_engine: NewEngine, portions: list[Portion]
) -> None:
    everything = [mention for portion in portions for mention in portion.mentions]
    gone = [Deletion(mention.source, id=mention.id) for mention in everything]
    usual, engine = new_engine(), new_engine()
    await usual.feed(portions)
    await engine.feed([replace(portion, deletions=gone) for portion in portions])
    assert counts_of(engine.alerts()) == counts_of(usual.alerts())
    assert not any(alert.posts or alert.reason.words for alert in engine.alerts())
    assert b"says number" not in engine.state()


async def test_deletions_of_what_spoke_of_no_brand_go_no_further(
    new_engine: NewEngine, portions: list[Portion]
) -> None:
    usual, engine = new_engine(), new_engine()
    await usual.feed(portions)
    strangers = [Deletion("bluesky", id=f"stranger{number}") for number in range(1200)]
    await engine.feed(with_deletions(portions, START + QUIET, *strangers))
    assert engine.alerts() == usual.alerts()
    assert engine.state() == usual.state()
