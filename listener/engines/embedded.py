"""The embedded engine: the whole pipeline in one process, its state in one SQLite file.

A portion from ingest is scored, folded and evaluated on a thread of its own, and everything that
comes of it, the connector's cursor included, is committed in one transaction. A kill at any
moment loses nothing and counts nothing twice; alerts that had not been delivered by then are
delivered after the restart, with the same ids.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Final, TypeVar

import structlog

from detectors.dedupe import Seen, by_hour
from detectors.detector import Detector
from detectors.records import Alert, Deleted, Deletion, Progress, Rejection
from detectors.records.times import from_epoch
from listener.engines.observer import PipelineObserver
from listener.engines.store import Store, Unwritable
from listener.ingest import Portion, utc_now
from listener.journal import Journal
from listener.logs import alert_facts, delivery_facts
from listener.pipeline import PipelineSettings, in_envelopes, make_detector, make_scorer
from sinks.dead_letter import dead_letter
from sinks.publisher import Publisher
from sinks.sink import Outcome

_T = TypeVar("_T")
_RETRY_SECONDS: Final = 5.0
_PAGE: Final = 100
_PARTITION: Final = 0
STATE_FILE: Final = "listener.db"

log = structlog.get_logger()


class EmbeddedEngine:
    """A `MentionLog` that runs the pipeline itself and keeps alerts for `sinks`, by name.

    `deliver` hands them to the publisher, which in turn calls `settled` and `buried`.
    """

    def __init__(
        self,
        settings: PipelineSettings,
        data_dir: Path,
        *,
        sinks: Collection[str],
        observer: PipelineObserver,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._data_dir = data_dir
        self._store = Store(data_dir / STATE_FILE)
        self._rejected = Journal(data_dir / "rejected.jsonl")
        self._dead = Journal(data_dir / "dead-letters.jsonl")
        self._observer = observer
        self._clock = clock
        self._settings = settings
        self._scorer = make_scorer(settings)
        self._restore()
        self.why_not_ready = ""
        self._lock = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="pipeline")
        self._sinks = frozenset(sinks)
        self._has_alerts = asyncio.Event()
        self._has_alerts.set()
        self._all_handed_over = asyncio.Event()

    async def look(self, at: Callable[[Detector], _T]) -> _T:
        """Whatever `at` reads off the detector, between two portions."""
        return await self._in_thread(lambda: at(self._detector))

    async def visit(self, see: Callable[[Detector, str], None]) -> None:
        """Call `see` for every brand, between two portions."""

        def see_all(detector: Detector) -> None:
            for brand in detector.states:
                see(detector, brand)

        await self.look(see_all)

    @property
    def state_bytes(self) -> int:
        """The size of what is remembered, on the disk."""
        return sum(path.stat().st_size for path in self._data_dir.glob(f"{STATE_FILE}*"))

    async def deliver(self, publisher: Publisher) -> None:
        """Hand alerts to the publisher as they arise, for ever; the file is the queue.

        Begins with what was left over from the last run.
        """
        last = 0
        while True:
            await self._has_alerts.wait()
            self._has_alerts.clear()
            self._all_handed_over.clear()
            while waiting := await self._in_thread(partial(self._store.undelivered, last, _PAGE)):
                for item in waiting:
                    if gone := item.sinks - publisher.names:
                        await self._write(partial(self._give_up, item.alert, gone))
                    await publisher.submit(item.alert, skip=publisher.names - item.sinks)
                    last = item.number
            self._all_handed_over.set()

    async def handed_over(self) -> None:
        """Returns when the publisher has every alert that arose."""
        while self._has_alerts.is_set() or not self._all_handed_over.is_set():
            await self._all_handed_over.wait()
            await asyncio.sleep(0)

    async def cursor(self, connector: str) -> str | None:
        return await self._in_thread(lambda: self._store.cursor(connector))

    async def health(self, connector: str) -> str | None:
        return await self._in_thread(lambda: self._store.health(connector))

    async def append(self, portion: Portion) -> None:
        async with self._lock:
            alerts = await self._write(lambda: self._process(portion))
        for alert in alerts:
            self._observer.raised(alert, self._clock())
            log.info("alert", **alert_facts(alert))
        if alerts:
            self._has_alerts.set()

    async def settled(self, alert: Alert, sink: str, outcome: Outcome) -> None:
        """A sink is done with an alert (the publisher's `on_settled`)."""
        await self._write(lambda: self._store.settle(alert.alert_id, sink))
        log.info("alert settled", **delivery_facts(alert, sink, outcome))

    async def buried(self, alert: Alert, sink: str, error: str) -> None:
        """An alert could not be delivered (the publisher's `dead_letter`)."""
        letter = dead_letter(alert, sink, error)
        await self._write(lambda: self._dead.write([letter]))

    async def close(self) -> None:
        await self._in_thread(lambda: None)  # whatever is under way comes to its end
        self._thread.shutdown()
        self._store.close()

    async def _write(self, work: Callable[[], _T]) -> _T:
        """Do it as soon as the disk takes it; nothing more is fetched in the meantime."""
        while True:
            try:
                # Once begun it is seen through: a cancelled caller must not leave it half done.
                done = await asyncio.shield(asyncio.ensure_future(self._in_thread(work)))
            except (Unwritable, OSError) as error:
                self.why_not_ready = "the disk takes nothing"
                log.error("can't write, trying again", error=str(error))  # noqa: TRY400 - told whole
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                self.why_not_ready = ""
                return done

    async def _in_thread(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _restore(self) -> None:
        """Begin with what the file holds."""
        self._detector = make_detector(self._settings)
        self._seen = Seen()
        self._alerts: list[Alert] = []
        self._offset = self._store.position("offset")
        self._seen.restore(by_hour(self._store.seen()))
        names = {brand.name for brand in self._settings.brands}
        for state in self._store.brands(self._settings.detection.windows):
            if state.brand in names:
                self._detector.restore(state)
        # Evaluated as far as it had been: a mention that was late then must not be in time now.
        watermark = self._store.position("watermark")
        if watermark:
            self._alerts += self._detector.advance(Progress(_PARTITION, from_epoch(watermark)))

    def _process(self, portion: Portion) -> list[Alert]:
        """Everything that comes of one portion, in one transaction.

        Where that fails, memory is as the file again, as if the portion had never come.
        """
        try:
            return self._transact(portion)
        except Unwritable:
            self._restore()
            raise

    def _transact(self, portion: Portion) -> list[Alert]:
        now = self._clock()
        self._reject(portion.rejections, now)
        self._observer.received(portion.connector or "", len(portion.mentions))
        alerts, self._alerts = [*self._alerts, *portion.alerts], []
        folded = 0
        with self._store.transaction():
            for mentions in in_envelopes(portion.mentions):
                started = perf_counter()
                score = self._scorer.tally(mentions, _PARTITION, self._offset, self._seen.only_new)
                self._offset += 1
                self._observer.scored(score, now, perf_counter() - started)
                for mistake in score.mistakes:
                    log.error("can't score", mention=mistake.mention.key, exc_info=mistake.error)
                self._reject([mistake.rejection() for mistake in score.mistakes], now)
                for tally in score.tallies:
                    folded += self._detector.fold(tally)
            started = perf_counter()
            alerts = self._erase(portion.deletions, alerts)
            if portion.watermark is not None:
                alerts += self._detector.advance(Progress(_PARTITION, portion.watermark))
                forgotten = self._seen.expire(portion.watermark)
                if forgotten is not None:
                    self._store.forget_seen(forgotten)
            self._observer.detected(folded, 0, perf_counter() - started)
            self._save(portion, alerts)
        return alerts

    def _reject(self, rejections: Sequence[Rejection], now: datetime) -> None:
        self._rejected.write(
            {"at": now.isoformat(), **rejection.to_json()} for rejection in rejections
        )
        for rejection in rejections:
            self._observer.rejected(rejection.code)

    def _erase(self, deletions: Sequence[Deletion], alerts: list[Alert]) -> list[Alert]:
        """Show no more of what was deleted; gives the alerts that wait, without it."""
        if not deletions:
            return alerts
        if known := Deleted(filter(self._seen.knows, deletions)):
            self._detector.erase(known)
        self._store.erase(deletions)  # an alert may be older than all that was seen
        deleted = Deleted(deletions)
        return [alert.without(deleted) for alert in alerts]

    def _save(self, portion: Portion, alerts: list[Alert]) -> None:
        store = self._store
        store.put_seen(self._seen.take_fresh())
        store.put_position("offset", self._offset)
        if self._detector.watermark is not None:
            store.put_position("watermark", self._detector.watermark)
        store.put_brands(self._detector.take_changed())
        store.put_alerts(alerts, self._sinks)
        if portion.connector is not None and portion.cursor is not None:
            store.put_cursor(portion.connector, portion.cursor)
        if portion.connector is not None and portion.health is not None:
            store.put_health(portion.connector, portion.health)

    def _give_up(self, alert: Alert, sinks: frozenset[str]) -> None:
        """Alerts for sinks that are no longer configured are dead."""
        for sink in sinks:
            error = "the sink is no longer configured"
            self._dead.write([dead_letter(alert, sink, error)])
            self._store.settle(alert.alert_id, sink)
