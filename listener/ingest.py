"""Ingest: asks the connectors for mentions and hands them to the engine, losing none.

Each connector has a task of its own. A cursor travels with the mentions that it covers, and the
engine stores it no sooner than those are safe; until `MentionLog.append` returns, nothing more is
fetched from that connector, which is all the back-pressure there is.

Ingest is also the clock of event time: with portions, and every `_TICK` seconds without, it says
up to where its sources have told everything (see `detectors.records.envelope`), and that once in
a second: whatever takes it has to come to an end with what it holds before it goes on. A source
that keeps failing, or asks to be left alone, is not waited for: what it brings when it is back
may be late. One that is quiet or fails for too long is told to the team (see `source_health`).
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

import structlog

from detectors.records import Alert, Deletion, Mention, Rejection
from detectors.records.mention import FUTURE_TOLERANCE
from listener.connectors import Batch, Connector, RetryLater
from listener.connectors.http import SourceError
from listener.errors import UsageError
from listener.ingest_observer import IngestObserver
from listener.source_errors import told
from listener.source_health import SourceHealth, SourceSettings
from listener.steady_clock import SteadyClock
from listener.supervision import cancel

_TICK: Final = 2.0
_FIRST_RETRY: Final = 1.0
_LONGEST_RETRY: Final = 60.0
_LONGEST_ASKED: Final = 3600.0
# asyncpraw may wait ten minutes for Reddit's limit; what takes longer never comes back.
_LONGEST_FETCH: Final = 900.0
# After so many failures in a row event time goes on without the connector.
_PATIENCE: Final = 3

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Portion:
    """What is appended at once: mentions, what was refused, and how far event time is.

    `deletions` take back what was appended before, or is among `mentions`. `alerts` are about
    the sources themselves.
    `cursor` and `health` are stored for the `connector` together with all else, where they are
    given; all three are None on a mere tick.
    """

    mentions: Sequence[Mention] = ()
    rejections: Sequence[Rejection] = ()
    watermark: datetime | None = None
    connector: str | None = None
    cursor: str | None = None
    deletions: Sequence[Deletion] = ()
    alerts: Sequence[Alert] = ()
    health: str | None = None


class MentionLog(Protocol):
    """Where mentions go: an engine."""

    async def cursor(self, connector: str) -> str | None:
        """The cursor stored last for this connector."""
        ...

    async def health(self, connector: str) -> str | None:
        """The health stored last for this connector."""
        ...

    async def append(self, portion: Portion) -> None:
        """Returns when the portion is safe, come what may; waits as long as that takes."""
        ...


def utc_now() -> datetime:
    """The clock, which only the outermost layer reads."""
    return datetime.now(UTC)


class Ingest:
    """Runs connectors until they are done or it is stopped."""

    def __init__(
        self,
        connectors: Sequence[Connector],
        mentions: MentionLog,
        *,
        observer: IngestObserver,
        lateness: timedelta,
        sources: SourceSettings | None = None,
        by_the_clock: bool = False,
        clock: Callable[[], datetime] = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`by_the_clock`: without connectors, event time is the clock; else it stands still."""
        self._connectors = connectors
        self._by_the_clock = by_the_clock
        self._mentions = mentions
        self._observer = observer
        self._lateness = lateness
        self._sources = sources or SourceSettings()
        self._clock = clock
        self._steady_clock = SteadyClock(clock, monotonic)
        self._sleep = sleep
        # Where each running connector is in event time; None while it has not said.
        self._reached: dict[str, datetime | None] = {c.name: None for c in connectors}
        self._live: set[str] = set()
        self._in_trouble: set[str] = set()
        self._lowest: datetime | None = None
        self._said: datetime | None = None
        self._ended: datetime | None = None  # where the longest recording that is done ended
        self._watched: dict[str, _Watched] = {}

    async def run(self) -> None:
        """Returns when every connector is done; never, if one is live or there are none.

        Raises `UsageError` where a connector finds that it can't start, and what the engine
        raises when it can't take a portion.
        """
        ticker = asyncio.create_task(self._tick())
        running = {asyncio.create_task(self._run(connector)) for connector in self._connectors}
        try:
            while running or not self._connectors:
                done, _ = await asyncio.wait(
                    {ticker, *running}, return_when=asyncio.FIRST_COMPLETED
                )
                for task in done:
                    task.result()
                running -= done
            await self._say_the_end()
        finally:
            await cancel(ticker, *running)
            closing = (connector.close() for connector in self._connectors)
            await asyncio.gather(*closing, return_exceptions=True)

    async def _run(self, connector: Connector) -> None:
        cursor = await self._mentions.cursor(connector.name)
        watched = self._watched[connector.name] = await self._watch(connector.name)
        failures, has_answered = 0, False
        while True:
            try:
                batch = await self._fetch(connector, cursor)
            except Exception as error:  # noqa: BLE001 - one source in trouble must not stop others
                if isinstance(error, UsageError) and not has_answered:
                    raise UsageError(f"connector {connector.name}: {error}") from None
                wait = _pause(failures, error)
                failures += 1
                if failures >= _PATIENCE or isinstance(error, RetryLater):
                    self._in_trouble.add(connector.name)
                self._observer.failed(connector.name, error)
                watched.health.failed(self._now(), error)
                log.warning("fetch failed", connector=connector.name, error=told(error), wait=wait)
                await self._sleep(wait)
                continue
            failures, has_answered = 0, True
            self._in_trouble.discard(connector.name)
            cursor = batch.cursor
            self._observer.fetched(connector.name, batch, self._clock())
            self._note(connector.name, batch)
            began = self._now()
            alerts = watched.answered(batch, began)
            watched.is_held_up = True
            await self._append(
                watched,
                Portion(
                    batch.mentions,
                    batch.rejections,
                    self._to_say(at_once=batch.done),
                    connector.name,
                    batch.cursor,
                    batch.deletions,
                    alerts,
                ),
            )
            watched.is_held_up = False
            watched.health.held_up(self._now() - began)
            if batch.done:
                ended = self._reached.pop(connector.name)
                self._ended = max(filter(None, (ended, self._ended)), default=None)
                del self._watched[connector.name]
                log.info("connector done", connector=connector.name)
                return
            await self._sleep(batch.wait)

    async def _fetch(self, connector: Connector, cursor: str | None) -> Batch:
        limit = asyncio.timeout(_LONGEST_FETCH)
        try:
            async with limit:
                # By the later of the two: nobody's post is from the future for a clock's slip.
                now = max(self._clock(), self._steady_clock())
                return await connector.fetch(cursor, now)
        except TimeoutError:
            if limit.expired():
                raise SourceError(f"gave nothing within {_LONGEST_FETCH:g} s") from None
            raise

    async def _watch(self, connector: str) -> "_Watched":
        stored = await self._mentions.health(connector)
        watched = _Watched(SourceHealth(connector, self._sources, self._now()), stored)
        watched.health.restore(stored)
        self._observer.troubled(connector, watched.health.trouble)
        return watched

    async def _append(self, watched: "_Watched", portion: Portion) -> None:
        """Append what came of one source, and its health where that has changed."""
        health = watched.health.to_json()
        if health != watched.stored:
            portion = replace(portion, health=health)
            watched.stored = health
        await self._mentions.append(portion)
        if portion.alerts and portion.connector is not None:
            self._observer.troubled(portion.connector, watched.health.trouble)

    def _now(self) -> float:
        return self._clock().timestamp()

    def _note(self, connector: str, batch: Batch) -> None:
        if batch.watermark is None:
            self._live.add(connector)
        else:
            self._reached[connector] = batch.watermark

    def _watermark(self) -> datetime | None:
        """The earliest of where the sources are; a live one is at the clock, less the lateness.

        `None` until each has said something, or failed too often to be waited for.
        """
        clock = self._steady_clock()
        now = clock - self._lateness
        if self._lowest is not None and self._lowest > clock + FUTURE_TOLERANCE:
            # The clock was wrong for long, and is set back. No engine would take more of that.
            self._lowest = self._said = None
        reached = [
            now if connector in self._live else at
            for connector, at in self._reached.items()
            if connector not in self._in_trouble
        ]
        known = [at for at in reached if at is not None]
        if len(known) < len(reached):
            return None
        lowest = min(known, default=now if self._by_the_clock else None)
        if lowest is not None and (self._lowest is None or lowest > self._lowest):
            self._lowest = lowest
        return self._lowest

    def _to_say(self, *, at_once: bool) -> datetime | None:
        """The watermark, if a second of event time has begun since one was said."""
        watermark, said = self._watermark(), self._said
        if watermark is None:
            return None
        if not at_once and said is not None and watermark.replace(microsecond=0) <= said:
            return None
        self._said = watermark
        return watermark

    async def _say_the_end(self) -> None:
        """All are done, the one that reaches furthest maybe before another."""
        if self._ended is not None and (self._said is None or self._said < self._ended):
            await self._mentions.append(Portion(watermark=self._ended))

    async def _tick(self) -> None:
        while True:
            await self._sleep(_TICK)
            if self._watermark() not in {None, self._said}:
                await self._mentions.append(Portion(watermark=self._to_say(at_once=True)))
            for connector, watched in list(self._watched.items()):
                alerts = [] if watched.is_held_up else watched.health.look(self._now())
                if alerts:
                    await self._append(watched, Portion(connector=connector, alerts=alerts))


class _Watched:
    """A connector's health, and what is needed to judge it."""

    def __init__(self, health: SourceHealth, stored: str | None) -> None:
        self.health = health
        self.stored = stored
        self.is_held_up = False
        self._last: frozenset[str] = frozenset()

    def answered(self, batch: Batch, now: float) -> list[Alert]:
        """What is to be told now that a fetch succeeded.

        Some sources bring what they brought last again, and that is no news.
        """
        keys = frozenset(mention.key for mention in batch.mentions)
        has_news = not keys <= self._last
        self._last = keys or self._last
        return self.health.answered(now, has_news=has_news, is_live=batch.watermark is None)


def _pause(failures: int, error: Exception) -> float:
    """Seconds until the next try: as long as the source asks for, or ever longer."""
    wait = min(_FIRST_RETRY * 2.0 ** min(failures, 16), _LONGEST_RETRY)
    wait *= random.uniform(0.5, 1.0)  # noqa: S311 - jitter, not a secret
    return min(max(wait, error.wait), _LONGEST_ASKED) if isinstance(error, RetryLater) else wait
