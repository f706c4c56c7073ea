"""What the metrics cost: of the throughput, and at a scrape.

    python -m benchmarks.metrics_cost [--brands 5000]

The demo's recording is scored and folded in turns with metrics and without, and the median of many
pairs is told. Then services with more and more brands are scraped, each brand with a day and a half
of history (as in `detection_cost`). What a scrape takes is lost to the pipeline, so its share of a
scrape interval is told too. All times are of the processor.
"""

import argparse
import asyncio
import json
import statistics
import time
from datetime import UTC, datetime
from typing import Final

from prometheus_client import CollectorRegistry

from benchmarks.detection_cost import past_of
from detectors.brand_state import BrandState
from detectors.detector import Detector
from detectors.records import Mention, Progress, loads
from detectors.records.mention import parse_mention
from detectors.records.times import from_epoch
from detectors.scoring import STEP, MentionScorer
from detectors.settings import DetectionSettings
from listener.demo.play import BRAND, RECORDING
from listener.metrics import Metrics
from listener.metrics.metrics import See
from listener.pipeline import PipelineSettings, in_envelopes, make_detector, make_scorer

_PAIRS: Final = 20
_SCRAPE_SECONDS: Final = 15  # as config/prometheus/prometheus.yml has it
_KINDS: Final = 60
_SETTINGS: Final = PipelineSettings((BRAND,))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--brands", type=int, default=5000)
    parser.add_argument("--data", help="not needed; taken so that all benchmarks are called alike")
    brands = parser.parse_args().brands
    now = datetime.now(UTC)
    mentions = [
        parse_mention(json.loads(line), now=now) for line in RECORDING.read_text().splitlines()
    ]
    scorer = make_scorer(_SETTINGS)
    _work(mentions, scorer, None)
    plain, ratios = [], []
    for _ in range(_PAIRS):
        plain.append(_work(mentions, scorer, None))
        counted = _work(mentions, scorer, Metrics(CollectorRegistry(), brands=[BRAND.name]))
        ratios.append(counted / plain[-1] - 1)
    print(
        f"a mention costs {statistics.median(plain) / len(mentions) * 1e6:.0f} us without metrics"
    )
    print(f"counting adds {statistics.median(ratios):.1%}")
    for count in sorted({1, 100, 1000, brands}):
        _scrape(count)


def _work(mentions: list[Mention], scorer: MentionScorer, metrics: Metrics | None) -> float:
    """Seconds of processor time."""
    detector = make_detector(_SETTINGS)
    now = datetime.now(UTC)
    started = time.process_time()
    for offset, some in enumerate(in_envelopes(mentions)):
        before = time.perf_counter()
        score = scorer.tally(some, 0, offset)
        if metrics is not None:
            metrics.scored(score, now, time.perf_counter() - before)
        folded = sum(detector.fold(tally) for tally in score.tallies)
        if metrics is not None:
            metrics.detected(folded, 0, 0.001)
            metrics.received("replay", len(some))
    return time.process_time() - started


def _scrape(brands: int) -> None:
    detector = _busy(brands)
    metrics = Metrics(CollectorRegistry(), brands=list(detector.states))

    async def visit(see: See) -> None:
        for brand in detector.states:
            see(detector, brand)

    metrics.watch_brands(visit)
    asyncio.run(metrics.page())
    started = time.process_time()
    page = asyncio.run(metrics.page())
    took = time.process_time() - started
    series = sum(not line.startswith(b"#") and b'brand="' in line for line in page.splitlines())
    print(
        f"{brands} brands: {series / brands:.0f} series a brand, {len(page) / 1e6:.1f} MB, "
        f"a scrape takes {took:.3f} s, {took / _SCRAPE_SECONDS:.1%} of the time between two"
    )


def _busy(brands: int) -> Detector:
    """From one mention in ten hours to a thousand an hour, as uneven as brands are."""
    settings = DetectionSettings()
    past = [
        loads(past_of(10 ** (-1 + 4 * kind / (_KINDS - 1)), settings))
        for kind in range(min(_KINDS, brands))
    ]
    detector = Detector((f"brand {number}" for number in range(brands)), settings)
    for number in range(brands):
        state = BrandState.from_json(past[number % len(past)], settings.windows)
        state.brand = f"brand {number}"
        detector.restore(state)
    begin = next(iter(detector.states.values())).evaluated
    detector.advance(Progress(0, from_epoch(begin + STEP)))
    return detector


if __name__ == "__main__":
    main()
