"""Prometheus metrics: one registry, injected; labels are bounded (never an author, url or term).

`Metrics` is the observer that ingest, the engines and the publisher tell what happens.
"""

from datetime import datetime
from typing import Final, Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from detectors.detector import Detector
from detectors.records import Severity
from detectors.scoring import EnvelopeScore
from listener.connectors import Batch
from sinks.sink import Outcome

_LAG_BUCKETS: Final = (0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600, 14400)
_SECONDS_BUCKETS: Final = (0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 1800)


class Metrics:
    """All metrics of the service."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self._received = Counter(
            "listener_mentions_received",
            "Mentions brought by a connector",
            ["connector"],
            registry=registry,
        )
        self._rejected = Counter(
            "listener_mentions_rejected",
            "Mentions that could not be read",
            ["reason"],
            registry=registry,
        )
        self._repeated = Counter(
            "listener_mentions_repeated",
            "Mentions that had come before and were not counted again",
            registry=registry,
        )
        self._unmatched = Counter(
            "listener_mentions_unmatched", "Mentions that speak of no brand", registry=registry
        )
        self._scored = Counter(
            "listener_mentions_scored",
            "Mentions of a brand",
            ["language", "sentiment"],
            registry=registry,
        )
        self._lag = Histogram(
            "listener_processing_lag_seconds",
            "From a mention's publication to its being scored",
            buckets=_LAG_BUCKETS,
            registry=registry,
        )
        self._late = Gauge(
            "listener_mentions_late",
            "Mentions too late for every window since the brand's state began",
            ["brand"],
            registry=registry,
        )
        self._fetch_failures = Counter(
            "listener_fetch_failures", "Fetches that failed", ["connector"], registry=registry
        )
        self._last_fetch = Gauge(
            "listener_last_fetch_timestamp_seconds",
            "When the connector last answered",
            ["connector"],
            registry=registry,
        )
        self._window = Gauge(
            "listener_window_mentions",
            "Mentions in the window, by signal",
            ["brand", "window", "signal"],
            registry=registry,
        )
        self._expected = Gauge(
            "listener_window_expected_mentions",
            "Mentions expected in the window, by signal",
            ["brand", "window", "signal"],
            registry=registry,
        )
        self._severity = Gauge(
            "listener_incident_severity",
            "0 no incident, 1 watch, 2 issue, 3 serious, 4 crisis",
            ["brand"],
            registry=registry,
        )
        self._incidents = Gauge(
            "listener_incidents", "Open incidents by severity", ["severity"], registry=registry
        )
        self._event_time = Gauge(
            "listener_event_time_timestamp_seconds",
            "Up to where event time has been evaluated",
            registry=registry,
        )
        self._attempts = Histogram(
            "listener_delivery_attempt_seconds",
            "Attempts to deliver an alert",
            ["sink", "result"],
            buckets=_SECONDS_BUCKETS,
            registry=registry,
        )
        self._deliveries = Counter(
            "listener_deliveries", "Alerts done with", ["sink", "outcome"], registry=registry
        )
        self._delay = Histogram(
            "listener_delivery_delay_seconds",
            "From an alert's being handed to the publisher to its being settled",
            ["sink"],
            buckets=_SECONDS_BUCKETS,
            registry=registry,
        )
        self._queue = Gauge(
            "listener_delivery_queue", "Alerts waiting for the sink", ["sink"], registry=registry
        )

    # What ingest tells.

    def fetched(self, connector: str, batch: Batch, now: datetime) -> None:
        del batch
        self._last_fetch.labels(connector).set(now.timestamp())

    def failed(self, connector: str, error: BaseException) -> None:
        del error
        self._fetch_failures.labels(connector).inc()

    # What an engine tells.

    def received(self, connector: str, mentions: int) -> None:
        if connector:
            self._received.labels(connector).inc(mentions)

    def rejected(self, code: str) -> None:
        self._rejected.labels(code).inc()

    def scored(self, score: EnvelopeScore, now: datetime) -> None:
        self._repeated.inc(score.repeated)
        self._unmatched.inc(score.unmatched)
        for (language, sentiment), count in score.scored.items():
            self._scored.labels(language, sentiment).inc(count)
        for mention in score.mentions:
            self._lag.observe(max((now - mention.published_at).total_seconds(), 0.0))

    def evaluated(self, detector: Detector) -> None:
        open_incidents = dict.fromkeys(Severity, 0)
        for state in detector.states.values():
            severity = state.incident.severity if state.incident else None
            if severity is not None:
                open_incidents[severity] += 1
            self._severity.labels(state.brand).set(severity.rank if severity else 0)
            self._late.labels(state.brand).set(state.late)
            for view in detector.views(state.brand):
                window = f"{view.length}s"
                for signal, measured in (("volume", view.volume), ("negative", view.negative)):
                    self._window.labels(state.brand, window, signal).set(measured.observed)
                    self._expected.labels(state.brand, window, signal).set(measured.expected)
        for severity, count in open_incidents.items():
            self._incidents.labels(severity.value).set(count)
        if detector.watermark is not None:
            self._event_time.set(detector.watermark)

    # What the publisher tells.

    def attempted(
        self, sink: str, result: Literal["ok", "retry", "failed"], seconds: float
    ) -> None:
        self._attempts.labels(sink, result).observe(seconds)

    def settled(self, sink: str, outcome: Outcome, delay: float) -> None:
        self._deliveries.labels(sink, outcome.value).inc()
        self._delay.labels(sink).observe(delay)

    def queue_depth(self, sink: str, depth: int) -> None:
        self._queue.labels(sink).set(depth)
