"""What the metrics cost: of the throughput, and at a scrape.

    python -m benchmarks.metrics_cost [--brands 5000]

The demo's recording is scored and folded without metrics, then what came of it is told to the
metrics as the engine does, each many times; the best times are compared, as others may use the
machine. Then services with more and more brands are scraped, each brand with a day and a half
of history (as in `detection_cost`). What a scrape takes is lost to the pipeline, so its share of a
scrape interval is told too. All times are of the processor.
"""

import json
import time
from datetime import UTC, datetime
from functools import cache
from typing import Final

from prometheus_client import CollectorRegistry

from benchmarks.command_line import command_line
from benchmarks.detection_cost import past_of
from detectors.brand_state import BrandState
from detectors.detector import Detector
from detectors.records import Mention, Progress, loads
from detectors.records.mention import parse_mention
from detectors.records.times import from_epoch
from detectors.scoring import STEP, EnvelopeScore, MentionScorer
from detectors.settings import DetectionSettings
from listener.demo.play import BRAND, RECORDING
from listener.metrics import Metrics
from listener.metrics.mix import Mixes
from listener.metrics.page import BrandPage
from listener.pipeline import PipelineSettings, in_envelopes, make_detector, make_scorer

_ROUNDS: Final = 20
_SCRAPES: Final = 5
_SCRAPE_SECONDS: Final = 15  # as config/prometheus/prometheus.yml has it
_KINDS: Final = 20
_SETTINGS: Final = PipelineSettings((BRAND,))


def main() -> None:
    parser = command_line(__doc__)
    parser.add_argument("--brands", type=int, default=5000)
    parser.add_argument("--data", help="not needed; taken so that all benchmarks are called alike")
    brands = parser.parse_args().brands
    now = datetime.now(UTC)
    mentions = [
        parse_mention(json.loads(line), now=now) for line in RECORDING.read_text().splitlines()
    ]
    scorer = make_scorer(_SETTINGS)
    plain = min(_work(mentions, scorer)[0] for _ in range(_ROUNDS))
    scores = _work(mentions, scorer)[1]
    counting = min(_count(scores) for _ in range(_ROUNDS))
    each = 1e6 / len(mentions)
    print(f"a mention costs {plain * each:.0f} us to score and fold")
    print(f"and {counting * each:.2f} us to count: {counting / plain:.1%} more")
    for count in sorted({1, 100, brands}):
        _scrape(count)


def _work(mentions: list[Mention], scorer: MentionScorer) -> tuple[float, list[EnvelopeScore]]:
    """Seconds of processor time, and what was made of each envelope."""
    detector = make_detector(_SETTINGS)
    scores = []
    started = time.process_time()
    for offset, some in enumerate(in_envelopes(mentions)):
        scores.append(scorer.tally(some, 0, offset))
        for tally in scores[-1].tallies:
            detector.fold(tally)
    return time.process_time() - started, scores


def _count(scores: list[EnvelopeScore]) -> float:
    """Seconds of processor time; every mention is fresh, so that its lag is counted as well."""
    metrics = Metrics(CollectorRegistry(), brands=[BRAND.name])
    now = scores[0].mentions[0].published_at
    started = time.process_time()
    for score in scores:
        metrics.received("replay", len(score.mentions))
        metrics.scored(score, now, 0.001)
        metrics.detected(len(score.tallies), 0, 0.001)
    return time.process_time() - started


def _scrape(brands: int) -> None:
    detector, mixes = _busy(brands), Mixes(f"brand {number}" for number in range(brands))
    took = float("inf")
    for _ in range(_SCRAPES):
        started = time.process_time()
        made = BrandPage()
        for brand in detector.states:
            made.see(detector, brand)
        for brand, mix in mixes.items():
            made.count(brand, mix)
        page = made.text()
        took = min(took, time.process_time() - started)
    series = sum(not line.startswith(b"#") and b'brand="' in line for line in page.splitlines())
    print(
        f"{brands} brands: {series / brands:.0f} series a brand, {len(page) / 1e6:.1f} MB, "
        f"a scrape takes {took:.3f} s, {took / _SCRAPE_SECONDS:.1%} of the time between two"
    )


def _busy(brands: int) -> Detector:
    """From one mention in ten hours to a thousand an hour, as uneven as brands are."""
    settings, past = DetectionSettings(), _pasts()
    detector = Detector((f"brand {number}" for number in range(brands)), settings)
    for number in range(brands):
        state = BrandState.from_json(past[number % len(past)], settings.windows)
        state.brand = f"brand {number}"
        detector.restore(state)
    begin = next(iter(detector.states.values())).evaluated
    detector.advance(Progress(0, from_epoch(begin + STEP)))
    return detector


@cache
def _pasts() -> list[object]:
    rates = [10 ** (-1 + 4 * kind / (_KINDS - 1)) for kind in range(_KINDS)]
    return [loads(past_of(rate, DetectionSettings())) for rate in rates]


if __name__ == "__main__":
    main()
