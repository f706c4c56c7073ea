"""The stages of a worker on a broker in memory, which can be killed at any send."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry

from detectors.records import Alert, loads
from listener.brands import Brand
from listener.engines.kafka.detect import DetectStage
from listener.engines.kafka.records import Outgoing, Send, parse_tally_record
from listener.engines.kafka.rows import Rows
from listener.engines.kafka.score import ScoreStage
from listener.engines.kafka.topics import Topics
from listener.ingest import utc_now
from listener.metrics import Metrics
from listener.pipeline import PipelineSettings, make_scorer
from listener.settings import KafkaSettings
from tests.faults.recording import BRAND

PARTITIONS = 2
TOPICS = Topics(KafkaSettings(partitions=PARTITIONS))
SETTINGS = PipelineSettings((Brand(BRAND[0], tuple(BRAND[1])),))
NOW = datetime(2026, 4, 1, tzinfo=UTC)
# Read-only, and slow to make.
SCORER = make_scorer(SETTINGS)


@dataclass(frozen=True, slots=True)
class Stored:
    """A record as the broker keeps it."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: object = ()


@dataclass
class MemoryBroker:
    """Topics and committed offsets. The send number `dies_at` and all behind it never return."""

    dies_at: int | None = None
    sends: int = 0
    topics: dict[tuple[str, int], list[Stored]] = field(default_factory=lambda: defaultdict(list))
    committed: dict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))
    dead: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, record: Outgoing) -> Awaitable[object]:
        if self.dies_at is not None and self.sends >= self.dies_at:
            self.dead.set()
            await asyncio.Event().wait()
        self.sends += 1
        self.append(record)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done

    def append(self, record: Outgoing) -> None:
        log = self.topics[record.topic, record.partition]
        headers = record.version.headers if record.version else ()
        log.append(Stored(record.partition, len(log), record.key, record.value, headers))

    def rows(self, topic: str) -> Rows:
        """What Faust would recover."""
        rows = Rows()
        for partition in range(PARTITIONS):
            for record in self.topics[topic, partition]:
                rows.take(record)
        return rows

    def alerts(self) -> list[dict[str, object]]:
        records = self.topics[TOPICS.alerts, 0]
        return [Alert.from_json(loads(record.value or b"")).to_json() for record in records]

    def mentions_in_tallies(self) -> int:
        """Each position counted once, and each time the same."""
        found: dict[tuple[int, int], int] = {}
        for partition in range(PARTITIONS):
            for record in self.topics[TOPICS.tallies, partition]:
                for tally in parse_tally_record(record.value or b"", PARTITIONS).tallies:
                    count = sum(bucket.counts.mentions for bucket in tally.buckets.values())
                    place = tally.partition, tally.offset
                    assert found.setdefault(place, count) == count
        return sum(found.values())


@dataclass(frozen=True, slots=True)
class MemoryEvent:
    """A record that is being worked on."""

    partition: int
    offset: int
    value: bytes | None
    commit: Callable[[int], None]
    at: datetime | None = None

    def ack(self) -> None:
        self.commit(self.offset + 1)


class MemoryWorker:
    """Both stages, with state recovered from the broker, reading from the committed offsets."""

    def __init__(
        self, broker: MemoryBroker, generation: int, wall: Callable[[], datetime] = utc_now
    ) -> None:
        self.broker = broker
        metrics = Metrics(CollectorRegistry())
        self.score = ScoreStage(
            SCORER,
            TOPICS,
            stored=broker.rows(TOPICS.seen_changelog).of,
            generation=lambda: generation,
            send=broker.send,
            observer=metrics,
            clock=lambda: NOW,
        )
        self.detect = DetectStage(
            SETTINGS,
            TOPICS,
            stored=broker.rows(TOPICS.states_changelog).of,
            generation=lambda: generation,
            send=broker.send,
            observer=metrics,
            on_alert=lambda alert_id: None,
            wall=wall,
        )
        self._read = dict(broker.committed)

    def take_mentions(self, limit: int) -> int:
        return self._take(TOPICS.mentions, self.score.take, limit)

    def take_tallies(self, limit: int) -> int:
        return self._take(TOPICS.tallies, self.detect.take, limit)

    async def work(self, at_once: int = 3) -> None:
        """A few records of each partition at a time, until none is left."""
        while self.take_mentions(at_once) + self.take_tallies(at_once):
            await self.score.flush()
            await self.detect.flush()

    async def work_until_killed(self) -> bool:
        """Whether it was killed, rather than done."""
        working = asyncio.create_task(self.work())
        dying = asyncio.create_task(self.broker.dead.wait())
        await asyncio.wait({working, dying}, return_when=asyncio.FIRST_COMPLETED)
        killed = not working.done()
        for task in (working, dying):
            task.cancel()
        await asyncio.gather(working, dying, return_exceptions=True)
        if not killed:
            working.result()
        return killed

    def _take(self, topic: str, take: Callable[[MemoryEvent], None], limit: int) -> int:
        taken = 0
        for partition in range(PARTITIONS):
            place = topic, partition
            start = self._read.get(place, 0)
            for record in self.broker.topics[place][start : start + limit]:
                commit = self._committer(place)
                take(MemoryEvent(partition, record.offset, record.value, commit))
                self._read[place] = record.offset + 1
                taken += 1
        return taken

    def _committer(self, place: tuple[str, int]) -> Callable[[int], None]:
        def commit(offset: int) -> None:
            self.broker.committed[place] = max(self.broker.committed[place], offset)

        return commit


def detecting(settings: PipelineSettings, topics: Topics, send: Send) -> DetectStage:
    """A stage that finds nothing stored."""
    return DetectStage(
        settings,
        topics,
        stored=lambda partition: {},
        generation=lambda: 1,
        send=send,
        observer=Metrics(CollectorRegistry()),
        on_alert=lambda alert_id: None,
    )
