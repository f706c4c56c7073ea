"""An ingest with everything around it faked: connectors, engine, observer and clock."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from detectors.records import Alert, Mention
from listener.connectors import Batch
from listener.ingest import Ingest, Portion
from listener.source_health import SourceHealth, SourceSettings
from tests.unit.sinks.fake_time import FakeTime, settle

NOON = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
LATENESS = timedelta(seconds=2)
Step = Batch | Exception


def mention(number: int) -> Mention:
    return Mention(id=str(number), text=f"text {number}", published_at=NOON)


def batch(
    *numbers: int,
    cursor: str = "",
    at: datetime | None = NOON,
    wait: float = 0.0,
    done: bool = False,
) -> Batch:
    mentions = tuple(mention(number) for number in numbers)
    return Batch(mentions, cursor or str(max(numbers, default=0)), (), at, wait, done)


class ScriptedConnector:
    """Does as its script says, step by step; behind its end it has nothing, in a minute."""

    def __init__(self, name: str, *steps: Step, then: Step | None = None) -> None:
        self.name = name
        self.cursors: list[str | None] = []
        self.closed = 0
        self._steps = list(steps)
        self._then = then or batch(cursor="end", wait=60)

    async def fetch(self, cursor: str | None, now: datetime) -> Batch:
        del now
        self.cursors.append(cursor)
        step = self._steps.pop(0) if self._steps else self._then
        if isinstance(step, Exception):
            raise step
        return step

    async def close(self) -> None:
        self.closed += 1


def usual_pause(name: str, seconds: float) -> str:
    """The health of a source of which that much is known."""
    began = (NOON - timedelta(days=3)).timestamp()
    health = SourceHealth(name, SourceSettings(), began)
    health.answered(began + seconds, has_news=True, is_live=True)
    return health.to_json()


class FakeLog:
    """Keeps portions; `gate` holds appends up, `fails` makes them fail."""

    def __init__(
        self, stored: dict[str, str] | None = None, healths: dict[str, str] | None = None
    ) -> None:
        self.portions: list[Portion] = []
        self.stored = stored or {}
        self.healths = healths or {}
        self.gate = asyncio.Event()
        self.gate.set()
        self.fails: Exception | None = None

    async def cursor(self, connector: str) -> str | None:
        return self.stored.get(connector)

    async def health(self, connector: str) -> str | None:
        return self.healths.get(connector)

    async def append(self, portion: Portion) -> None:
        await self.gate.wait()
        if self.fails:
            raise self.fails
        self.portions.append(portion)
        if portion.connector and portion.health:
            self.healths[portion.connector] = portion.health

    @property
    def ids(self) -> list[str]:
        return [mention.id for portion in self.portions for mention in portion.mentions]

    @property
    def alerts(self) -> list[Alert]:
        return [alert for portion in self.portions for alert in portion.alerts]

    @property
    def watermarks(self) -> list[datetime]:
        return [portion.watermark for portion in self.portions if portion.watermark]


@dataclass
class FakeObserver:
    fetches: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    troubles: list[tuple[str, str | None]] = field(default_factory=list)

    def fetched(self, connector: str, batch: Batch, now: datetime) -> None:
        del batch, now
        self.fetches.append(connector)

    def failed(self, connector: str, error: BaseException) -> None:
        self.failures.append(f"{connector}: {error}")

    def troubled(self, connector: str, trouble: str | None) -> None:
        self.troubles.append((connector, trouble))


class Bench:
    """An ingest with everything around it faked."""

    def __init__(
        self,
        *connectors: ScriptedConnector,
        log: FakeLog | None = None,
        by_the_clock: bool = False,
    ) -> None:
        self.log = log or FakeLog()
        self.time = FakeTime()
        self.observer = FakeObserver()
        self.clock_is_ahead = 0.0
        began = self.time.now
        self.ingest = Ingest(
            connectors,
            self.log,
            observer=self.observer,
            lateness=LATENESS,
            by_the_clock=by_the_clock,
            clock=lambda: NOON + timedelta(seconds=self.time.now - began + self.clock_is_ahead),
            monotonic=lambda: self.time.now,
            sleep=self.time.sleep,
        )


@asynccontextmanager
async def running(bench: Bench) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(bench.ingest.run())
    await settle()
    yield task
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def until(holds: Callable[[], bool], bench: Bench, *, within: float) -> None:
    """Let time go by until it holds."""
    for _ in range(int(within * 4)):
        if holds():
            return
        await bench.time.advance(0.25)
    pytest.fail(f"did not come to hold within {within} s")
