"""Metrics of a service in which everything that can be counted has happened once."""

from datetime import UTC, datetime, timedelta

from prometheus_client import CollectorRegistry

from detectors.detector import Detector
from detectors.records import Bucket, Counts, Mention, Progress, Tally
from detectors.records.times import from_epoch
from detectors.scoring import EnvelopeScore
from detectors.settings import DetectionSettings
from listener.connectors import Batch
from listener.metrics import Metrics
from listener.metrics.metrics import See
from sinks.sink import Outcome
from tests.unit.sinks.fakes import alert

NOW = datetime(2026, 3, 14, 14, 0, tzinfo=UTC)
START = int(NOW.timestamp()) - 40 * 3600


def mention(age: timedelta) -> Mention:
    return Mention(id="m1", text="the tram was late", published_at=NOW - age, source="chirp")


def detector_of(*brands: str, hours: int = 40) -> Detector:
    """Brands of which two mentions, one of them negative, came every ten minutes."""
    detector = Detector(brands, DetectionSettings())
    detector.advance(Progress(0, from_epoch(START)))
    for offset in range(hours * 6):
        at = START + offset * 600
        for brand in brands:
            detector.fold(tally(brand, at, offset))
        detector.advance(Progress(0, from_epoch(at + 600)))
    return detector


def tally(brand: str, at: int, offset: int = 0, source: str = "microblog/chirp") -> Tally:
    bucket = Bucket(Counts(2, 1, 1))
    bucket.add_source(source, 2, 1)
    bucket.add_language("en", 2)
    return Tally(brand, 0, offset, {at: bucket})


def showing(metrics: Metrics, detector: Detector) -> Metrics:
    """Let the metrics see the detector's brands."""

    async def visit(see: See) -> None:
        for brand in detector.states:
            see(detector, brand)

    metrics.watch_brands(visit)
    return metrics


def full_metrics() -> Metrics:
    metrics = Metrics(CollectorRegistry(), brands=["Acme"], connectors=["feed"], sinks=["slack"])
    showing(metrics, detector_of("Acme"))
    metrics.watch_service(lambda: "")
    metrics.watch_broker(lambda: 0.5)
    metrics.watch_state({"listener.db": lambda: 4096})
    metrics.watch_stages({"score": lambda: 3})
    metrics.fetched("feed", Batch((mention(timedelta(seconds=3)),), "cursor", refused=1), NOW)
    metrics.troubled("feed", "quiet")
    metrics.failed("feed", OSError("no route"))
    metrics.received("feed", 1)
    metrics.rejected("bad_date")
    score = EnvelopeScore([mention(timedelta(seconds=7)), mention(timedelta(days=3))])
    score.scored["en", "negative"] += 1
    score.tallies.append(tally("Acme", START))
    metrics.scored(score, NOW, 0.002)
    metrics.detected(1, 1, 0.001)
    metrics.unreadable("tallies")
    metrics.raised(alert(at=NOW), NOW + timedelta(seconds=4))
    metrics.rebalanced()
    metrics.lagging({("mentions", 0): 12})
    metrics.attempted("slack", "ok", 0.2)
    metrics.settled("slack", Outcome.DELIVERED, 0.3)
    metrics.queue_depth("slack", 1)
    return metrics
