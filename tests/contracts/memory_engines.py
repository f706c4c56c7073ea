"""Both engines without a broker or a process, and an outage to feed them.

The embedded engine as it is; of the Kafka engine what ingest sends and both stages of a worker,
on a broker in memory.
"""

import random
import sqlite3
import zlib
from collections.abc import Iterable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from prometheus_client import CollectorRegistry

from detectors.records import Alert, Mention, dumps, loads
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


def an_outage() -> list[Portion]:
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
