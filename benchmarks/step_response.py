"""How many mentions it takes: negatives step up to a multiple of the expected.

    python -m benchmarks.step_response [--trials 20]

Small, middle and busy brands (1 and 3, 10 and 30, 100 and 300 mentions an hour), a quarter
negative, steady for five days (Poisson); then the negatives come at 1.5 to 20 times their rate,
for six hours at most. What is counted is the negatives beyond the expected until `issue`: the
median over all brands and trials, those that are never heard taken as the worst, and beside it
the part heard and the median of these, by size.
"""

import math
import statistics
from collections.abc import Sequence

from benchmarks.command_line import command_line
from benchmarks.streams import bucket, poisson, seeded
from detectors.brand_state import BrandState
from detectors.detector import Detector
from detectors.records import Bucket, Progress, Severity, Tally, dumps, loads
from detectors.records.times import from_epoch
from detectors.scoring import STEP
from detectors.settings import DetectionSettings

_START = 1_760_313_600
_HOUR = 3600
_PAST = 5 * 24
_FACTORS = (1.5, 2, 3, 4, 5, 7, 10, 15, 20)
_SIZES = {"small": (1, 3), "middle": (10, 30), "busy": (100, 300)}
_NEGATIVE = 0.25
_LASTS = 6 * _HOUR
_NEVER = (math.inf, math.inf)
Answer = tuple[float, float]


def with_a_past(rate: float, seed: int) -> bytes:
    """The state of a brand after five steady days."""
    chance = seeded(seed)
    state = BrandState("a", _START, DetectionSettings().windows)
    for hour in range(_PAST):
        begin = _START + hour * _HOUR
        steps: dict[int, Bucket] = {}
        for _ in range(poisson(rate, chance)):
            at = begin + chance.randrange(_HOUR // STEP) * STEP
            negative = chance.random() < _NEGATIVE
            steps.setdefault(at, Bucket()).merge(
                bucket(at, int(negative), 1 - int(negative), chance)
            )
        state.fold(Tally("a", 0, hour, steps))
        while state.evaluated < begin + _HOUR:
            state.step()
    return dumps(state.to_json())


def until_issue(past: bytes, rate: float, factor: float, seed: int) -> Answer | None:
    """Negatives beyond the expected, and seconds, until `issue`; None if it never comes."""
    chance = seeded(seed)
    settings = DetectionSettings()
    detector = Detector(["a"], settings)
    detector.restore(BrandState.from_json(loads(past), settings.windows))
    begin = _START + _PAST * _HOUR
    came = 0
    usual = rate * _NEGATIVE / _HOUR * STEP
    for at in range(begin, begin + _LASTS, STEP):
        negative = poisson(usual * factor, chance)
        other = poisson(rate * (1 - _NEGATIVE) / _HOUR * STEP, chance)
        came += negative
        if negative or other:
            made = bucket(at, negative, other, chance)
            detector.fold(Tally("a", 0, at, {at: made}))
        for alert in detector.advance(Progress(0, from_epoch(at + STEP))):
            if alert.severity.at_least(Severity.ISSUE):
                spent = at + STEP - begin
                return came - usual * spent / STEP, spent
    return None


def main() -> None:
    parser = command_line(__doc__)
    parser.add_argument("--data", help="not needed; taken so that all benchmarks are called alike")
    parser.add_argument("--trials", type=int, default=5)
    trials = parser.parse_args().trials
    pasts = {
        size: [(rate, seed, with_a_past(rate, seed)) for rate in rates for seed in range(trials)]
        for size, rates in _SIZES.items()
    }
    print(f"{'factor':>6}{'beyond, of all':>16}{'minutes':>9}", *(f"{size:>16}" for size in _SIZES))
    for factor in _FACTORS:
        found = {
            size: [until_issue(past, rate, factor, 1000 + seed) for rate, seed, past in streams]
            for size, streams in pasts.items()
        }
        every = [answer or _NEVER for answers in found.values() for answer in answers]
        beyond = statistics.median(answer[0] for answer in every)
        minutes = statistics.median(answer[1] for answer in every) / 60
        print(f"{factor:6g}{beyond:16.1f}{minutes:9.1f}", *map(_told, found.values()), flush=True)


def _told(answers: Sequence[Answer | None]) -> str:
    heard = [answer[0] for answer in answers if answer is not None]
    beyond = f"{statistics.median(heard):.1f}" if heard else "-"
    return f"{len(heard) / len(answers):9.0%}{beyond:>7}"


if __name__ == "__main__":
    main()
