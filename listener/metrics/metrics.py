"""`Metrics`: what ingest, the engines and the publisher tell, as Prometheus reads it.

One registry, injected, for what is counted as it happens; the brands' own figures are read off
the detectors at each scrape. Labels are bounded (never an author, url or term).
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime
from typing import Final, Literal

from prometheus_client import CollectorRegistry, disable_created_metrics
from prometheus_client.exposition import generate_latest

from detectors.detector import Detector
from detectors.records import Alert
from detectors.scoring import EnvelopeScore
from listener.connectors import Batch
from listener.metrics.families import Counted
from listener.metrics.lags import HISTORY_SECONDS
from listener.metrics.mix import Mixes
from listener.metrics.page import BrandPage
from listener.source_health import SIGNALS, Signal
from sinks.sink import Outcome

See = Callable[[Detector, str], None]
Visit = Callable[[See], Awaitable[None]]
"""An engine's way through its brands: calls `See` for each, where and when it disturbs least."""

_PATIENCE_SECONDS: Final = 5.0
_PORTION: Final = 100

# A second series for each counter, which nobody asks for; the function lacks its type.
disable_created_metrics()  # type: ignore[no-untyped-call]  # theirs has no types


async def _nowhere(see: See) -> None:
    del see


class Metrics:
    """All metrics of the service, in one process."""

    def __init__(
        self,
        registry: CollectorRegistry,
        *,
        brands: Collection[str] = (),
        connectors: Collection[str] = (),
        sinks: Collection[str] = (),
    ) -> None:
        """What is named is shown at zero from the start, so that its first event is a rise."""
        self._registry = registry
        self._counted = Counted(registry)
        self._counted.expect(connectors, sinks)
        self._mixes = Mixes(brands)
        self._visit: Visit = _nowhere
        self._reading: asyncio.Task[bytes] | None = None
        self._brands = b""

    async def page(self) -> bytes:
        """All metrics in Prometheus's text format.

        Where the pipeline is too busy to be asked, the brands are as they were at the last scrape.
        """
        if self._reading is None:
            self._reading = asyncio.create_task(self._read_brands())
        await asyncio.wait({self._reading}, timeout=_PATIENCE_SECONDS)
        if self._reading is not None and self._reading.done():
            reading, self._reading = self._reading, None
            self._brands = reading.result()
        return generate_latest(self._registry) + self._brands

    async def _read_brands(self) -> bytes:
        page = BrandPage()
        await self._visit(page.see)
        for place, (brand, mix) in enumerate(self._mixes.items()):
            page.count(brand, mix)
            if place % _PORTION == 0:
                await asyncio.sleep(0)
        return page.text()

    # What the service sets up.

    def watch_brands(self, visit: Visit) -> None:
        self._visit = visit

    def watch_service(self, why_not_ready: Callable[[], str]) -> None:
        self._counted.ready.set_function(lambda: float(not why_not_ready()))

    def watch_broker(self, silent: Callable[[], float]) -> None:
        self._counted.broker_silent.set_function(silent)

    def watch_state(self, size: Mapping[str, Callable[[], float]]) -> None:
        """`size` gives the bytes of each store."""
        for store, measure in size.items():
            self._counted.state.labels(store).set_function(measure)

    def watch_stages(self, pending: Mapping[str, Callable[[], float]]) -> None:
        """`pending` gives the records that each stage has taken and not finished."""
        for stage, measure in pending.items():
            self._counted.pending.labels(stage).set_function(measure)

    # What ingest tells.

    def fetched(self, connector: str, batch: Batch, now: datetime) -> None:
        counted = self._counted
        counted.last_fetch.labels(connector).set(now.timestamp())
        if batch.refused is not None:
            counted.pushes_refused.labels(connector).inc(batch.refused)
        if not batch.mentions:
            return
        counted.last_mention.labels(connector).set(now.timestamp())
        counted.fetch_lag.observe(batch.mentions, now, connector)

    def failed(self, connector: str, error: BaseException) -> None:
        del error
        self._counted.fetch_failures.labels(connector).inc()

    def troubled(self, connector: str, trouble: Signal | None) -> None:
        for signal in SIGNALS:
            self._counted.source_trouble.labels(connector, signal).set(signal == trouble)

    # What an engine tells.

    def received(self, connector: str, mentions: int) -> None:
        if connector:
            self._counted.received.labels(connector).inc(mentions)

    def rejected(self, code: str) -> None:
        self._counted.rejected.labels(code).inc()

    def scored(self, score: EnvelopeScore, now: datetime, seconds: float) -> None:
        counted = self._counted
        counted.scoring.observe(seconds)
        counted.repeated.inc(score.repeated)
        counted.unmatched.inc(score.unmatched)
        for (language, sentiment), count in score.scored.items():
            counted.scored.labels(language, sentiment).inc(count)
        counted.historic.inc(counted.lag.observe(score.mentions, now))
        for tally in score.tallies:
            self._mixes.add(tally)

    def detected(self, folded: int, skipped: int, seconds: float) -> None:
        self._counted.detection.observe(seconds)
        self._counted.tallies.labels("folded").inc(folded)
        self._counted.tallies.labels("skipped").inc(skipped)

    def unreadable(self, topic: str) -> None:
        self._counted.unreadable.labels(topic).inc()

    def raised(self, alert: Alert, now: datetime) -> None:
        self._counted.alerts.labels(alert.severity.value, alert.status.value).inc()
        lag = (now - alert.at).total_seconds()
        if lag <= HISTORY_SECONDS:
            self._counted.alert_lag.observe(max(lag, 0.0))

    def rebalanced(self) -> None:
        self._counted.rebalances.inc()
        self._counted.consumer_lag.clear()

    def behind(self, seconds: float) -> None:
        """How long the record has waited that scoring takes next."""
        self._counted.behind.set(seconds)

    def glanced(self, mentions: int) -> None:
        self._counted.glanced.inc(mentions)

    def lagging(self, records: Mapping[tuple[str, int], int]) -> None:
        """How many records wait in each partition (topic, number) that this worker has."""
        for (topic, partition), waiting in records.items():
            self._counted.consumer_lag.labels(topic, str(partition)).set(waiting)

    # What the publisher tells.

    def attempted(
        self, sink: str, result: Literal["ok", "retry", "failed"], seconds: float
    ) -> None:
        self._counted.attempts.labels(sink, result).observe(seconds)

    def settled(self, sink: str, outcome: Outcome, delay: float) -> None:
        self._counted.deliveries.labels(sink, outcome.value).inc()
        self._counted.delay.labels(sink).observe(delay)

    def queue_depth(self, sink: str, depth: int) -> None:
        self._counted.queue.labels(sink).set(depth)
