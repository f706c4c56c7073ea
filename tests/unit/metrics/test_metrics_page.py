"""What a scrape says: figures, bounds, lag; however hostile the names and however busy the rest."""

import asyncio
import math
from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from detectors.incident import Incident
from detectors.records import Severity
from detectors.scoring import EnvelopeScore
from detectors.spike import Expectation, Measured, negative_binomial_tail
from listener.connectors import Batch
from listener.metrics import Metrics
from listener.metrics import metrics as metrics_module
from listener.metrics.band import usual_band
from listener.metrics.metrics import See
from listener.metrics.mix import MAX_SOURCES
from listener.metrics.page import spike_score
from tests.unit.metrics.full_metrics import (
    NOW,
    START,
    detector_of,
    full_metrics,
    mention,
    showing,
    tally,
)
from tests.unit.sinks.fakes import HOSTILE

Samples = dict[tuple[str, str], float]


async def samples(metrics: Metrics) -> Samples:
    """Values by name and labels, like ``window=300s,signal=volume``."""
    return {
        (sample.name, ",".join(f"{key}={value}" for key, value in sample.labels.items())): (
            sample.value
        )
        for family in text_string_to_metric_families((await metrics.page()).decode())
        for sample in family.samples
    }


async def test_a_brand_stands_beside_what_is_usual() -> None:
    found = await samples(full_metrics())
    hour = "brand=Acme,window=3600s,signal=volume"
    assert found["listener_window_mentions", hour] == 12
    assert found["listener_window_expected_mentions", hour] == pytest.approx(12, rel=0.2)
    assert found["listener_window_spike_score", hour] == 0
    low = found["listener_window_expected_lower_mentions", hour]
    assert low < 12 < found["listener_window_expected_upper_mentions", hour]
    assert found["listener_incident_severity", "brand=Acme"] == 0
    assert found["listener_brand_learning", "brand=Acme"] == 0
    assert found["listener_event_time_timestamp_seconds", ""] == NOW.timestamp()


async def test_an_incident_shows_its_severity() -> None:
    detector = detector_of("Acme", "Bolt", hours=5)
    detector.states["Bolt"].incident = Incident.open("Bolt", Severity.SERIOUS, START)
    found = await samples(showing(Metrics(CollectorRegistry()), detector))
    assert found["listener_incident_severity", "brand=Bolt"] == Severity.SERIOUS.rank
    assert found["listener_incidents", "severity=serious"] == 1
    assert found["listener_incidents", "severity=crisis"] == 0


async def test_what_is_named_beforehand_counts_from_zero() -> None:
    metrics = Metrics(CollectorRegistry(), brands=["Acme"], connectors=["feed"], sinks=["slack"])
    found = await samples(metrics)
    assert found["listener_brand_mentions_total", "brand=Acme,sentiment=negative"] == 0
    assert found["listener_mentions_received_total", "connector=feed"] == 0
    assert found["listener_deliveries_total", "outcome=dead,sink=slack"] == 0
    assert found["listener_delivery_delay_seconds_count", "sink=slack"] == 0
    assert found["listener_fetch_lag_seconds_count", "connector=feed"] == 0


async def test_history_is_no_lag() -> None:
    metrics = Metrics(CollectorRegistry())
    ages = [timedelta(seconds=-5), timedelta(seconds=40), timedelta(hours=3), timedelta(days=2)]
    metrics.scored(EnvelopeScore([mention(age) for age in ages]), NOW, 0.001)
    metrics.fetched("feed", Batch(tuple(map(mention, ages)), "cursor"), NOW)
    found = await samples(metrics)
    assert found["listener_mentions_historic_total", ""] == 1
    for name, labels in (
        ("listener_processing_lag_seconds", ""),
        ("listener_fetch_lag_seconds", "connector=feed"),
    ):
        assert found[f"{name}_count", labels] == 3
        assert found[f"{name}_sum", labels] == 40 + 3 * 3600
        comma = f"{labels}," if labels else ""
        assert found[f"{name}_bucket", f"{comma}le=60.0"] == 2
        assert found[f"{name}_bucket", f"{comma}le=+Inf"] == 3


async def test_sources_are_bounded_however_many_there_are() -> None:
    metrics = Metrics(CollectorRegistry())
    for number in range(3 * MAX_SOURCES):
        score = EnvelopeScore()
        score.tallies.append(tally("Acme", START, source=f"forum/{number}"))
        metrics.scored(score, NOW, 0.001)
    found = await samples(metrics)
    name = "listener_brand_source_mentions_total"
    counts = {labels: value for (known, labels), value in found.items() if known == name}
    assert len(counts) == MAX_SOURCES + 1
    assert sum(counts.values()) == 2 * 3 * MAX_SOURCES
    assert counts["brand=Acme,source=other"] == 2 * 2 * MAX_SOURCES


async def test_hostile_names_are_escaped() -> None:
    metrics = Metrics(CollectorRegistry(), brands=[HOSTILE, 'a "b" \\'])
    score = EnvelopeScore()
    score.tallies.append(tally(HOSTILE, START, source=f'forum/{HOSTILE}"\n'))
    metrics.scored(score, NOW, 0.001)
    showing(metrics, detector_of(HOSTILE, 'a "b" \\', hours=2))
    families = list(text_string_to_metric_families((await metrics.page()).decode()))
    brands = {s.labels["brand"] for f in families for s in f.samples if "brand" in s.labels}
    assert brands == {HOSTILE, 'a "b" \\'}


async def test_a_brand_has_at_most_200_series() -> None:
    metrics = full_metrics()
    for number in range(100):
        score = EnvelopeScore()
        score.tallies.append(tally("Acme", START, source=f"forum/{number}"))
        metrics.scored(score, NOW, 0.001)
    found = await samples(metrics)
    assert 50 < sum("brand=Acme" in labels for _, labels in found) <= 200


async def test_a_busy_pipeline_does_not_hold_up_a_scrape(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics_module, "_PATIENCE_SECONDS", 0.01)
    metrics = full_metrics()
    free = asyncio.Event()
    detector = detector_of("Acme", hours=2)

    async def visit(see: See) -> None:
        await free.wait()
        see(detector, "Acme")

    metrics.watch_brands(visit)
    name = "listener_incident_severity", "brand=Acme"
    found = await samples(metrics)
    assert name not in found
    assert ("listener_ready", "") in found
    free.set()
    monkeypatch.setattr(metrics_module, "_PATIENCE_SECONDS", 5)
    assert name in await samples(metrics)


@pytest.mark.parametrize("mean", [0.3, 1, 5, 40, 900])
@pytest.mark.parametrize("shape", [1, 4, 50])
def test_about_95_of_100_windows_lie_within_the_band(mean: float, shape: float) -> None:
    low, high = usual_band(Expectation(mean, shape))
    above = negative_binomial_tail(high + 1, mean, shape)
    below = 1 - negative_binomial_tail(low, mean, shape)
    assert 0.93 <= 1 - above - below <= 1


def test_of_what_is_unknown_there_is_no_band() -> None:
    assert usual_band(Expectation(0.0, 1.0)) == (0, 0)


def test_the_score_says_how_unlikely_it_is() -> None:
    expected = Expectation(10.0, 8.0)
    scores = [spike_score(Measured(count, expected)) for count in (15, 30, 90, 10_000_000)]
    assert scores == sorted(scores)
    assert scores[1] == pytest.approx(-math.log10(Measured(30, expected).chance))
    assert scores[-1] == 99
