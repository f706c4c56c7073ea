"""The metrics that are counted as things happen, one registry's worth."""

from collections.abc import Collection
from importlib.metadata import version
from platform import python_version
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from listener.metrics.lags import LAG_BUCKETS, LagHistogram
from sinks.sink import Outcome

_WORK_BUCKETS: Final = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3)
_DELIVERY_BUCKETS: Final = (0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 1800)


class Counted:
    """Every metric by a short name; see its help for what it counts."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"listener_{name}", text, labels, registry=registry)

        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"listener_{name}", text, labels, registry=registry)

        def histogram(name: str, text: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
            return Histogram(f"listener_{name}", text, labels, buckets=buckets, registry=registry)

        # Sources.
        self.received = counter("mentions_received", "Mentions brought by a connector", "connector")
        self.fetch_failures = counter("fetch_failures", "Fetches that failed", "connector")
        self.pushes_refused = counter(
            "pushes_refused", "Requests that a webhook turned away", "connector"
        )
        self.last_fetch = gauge(
            "last_fetch_timestamp_seconds", "When the connector last answered", "connector"
        )
        self.last_mention = gauge(
            "last_mention_timestamp_seconds",
            "When the connector last brought a mention",
            "connector",
        )
        self.fetch_lag = LagHistogram(
            "listener_fetch_lag_seconds",
            "From a mention's publication to its being fetched; history left out",
            "connector",
        )
        self.source_trouble = gauge(
            "source_trouble",
            "1 while the team was told that the source is quiet, or failing",
            "connector",
            "trouble",
        )
        # Scoring and detection.
        self.rejected = counter("mentions_rejected", "Mentions that could not be read", "reason")
        self.repeated = counter(
            "mentions_repeated", "Mentions that had come before and were not counted again"
        )
        self.unmatched = counter("mentions_unmatched", "Mentions that speak of no brand")
        self.scored = counter("mentions_scored", "Mentions of a brand", "language", "sentiment")
        self.historic = counter(
            "mentions_historic",
            "Mentions published more than a day before they were scored, left out of the lag",
        )
        self.lag = LagHistogram(
            "listener_processing_lag_seconds",
            "From a mention's publication to its being scored; history left out",
        )
        self.scoring = histogram(
            "scoring_seconds", "Time to score an envelope, or several in a row", _WORK_BUCKETS
        )
        self.tallies = counter(
            "tallies", "Tallies folded in, or skipped as folded before", "result"
        )
        self.detection = histogram(
            "detection_seconds", "Time to fold what came and evaluate the brands", _WORK_BUCKETS
        )
        self.alerts = counter("alerts", "Alerts raised", "severity", "status")
        self.alert_lag = histogram(
            "alert_lag_seconds",
            "From the event time that an alert speaks of to its being raised; history left out",
            LAG_BUCKETS,
        )
        # The engine.
        self.ready = gauge("ready", "1 when the service does its work, as /readyz says")
        self.state = gauge("state_bytes", "Size of what is remembered", "store")
        self.pending = gauge(
            "pending_records", "Records taken from Kafka and not yet finished", "stage"
        )
        self.consumer_lag = gauge(
            "consumer_lag_records",
            "Records that wait in a partition of this worker",
            "topic",
            "partition",
        )
        self.behind = gauge(
            "scoring_behind_seconds",
            "How long the record has waited that scoring takes next; 0 below early_warning_after",
        )
        self.glanced = counter(
            "glanced_mentions", "Mentions sampled at the end of the backlog for the early warning"
        )
        self.broker_silent = gauge(
            "broker_silent_seconds",
            "For how long the broker has acknowledged nothing we sent, or answered nothing",
        )
        self.rebalances = counter("rebalances", "Times that partitions moved")
        self.unreadable = counter(
            "unreadable_records", "Records between workers that could not be read", "topic"
        )
        # Deliveries.
        self.attempts = histogram(
            "delivery_attempt_seconds",
            "Attempts to deliver an alert",
            _DELIVERY_BUCKETS,
            "sink",
            "result",
        )
        self.deliveries = counter("deliveries", "Alerts done with", "sink", "outcome")
        self.delay = histogram(
            "delivery_delay_seconds",
            "From an alert's being handed to the publisher to its being settled",
            _DELIVERY_BUCKETS,
            "sink",
        )
        self.queue = gauge("delivery_queue", "Alerts waiting for the sink", "sink")
        build = gauge("build_info", "Always 1; what runs", "version", "python")
        build.labels(version("listener"), python_version()).set(1)
        ProcessCollector(registry=registry)
        registry.register(self.fetch_lag)
        registry.register(self.lag)

    def expect(self, connectors: Collection[str], sinks: Collection[str]) -> None:
        """Show what these can count at zero."""
        for connector in connectors:
            self.received.labels(connector)
            self.fetch_failures.labels(connector)
            self.fetch_lag.show(connector)
        for sink in sinks:
            self.queue.labels(sink)
            self.delay.labels(sink)
            for outcome in Outcome:
                self.deliveries.labels(sink, outcome.value)
