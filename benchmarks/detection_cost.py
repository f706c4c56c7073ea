"""What one evaluation of one brand costs, and how large its state is.

    python -m benchmarks.detection_cost [--brands 10000]

Brands from one mention in ten hours to a thousand an hour, as uneven as brands are (log-uniform),
with a day and a half of history; then ten minutes are folded and evaluated, and only the
evaluation is timed. State is measured on a brand with four full weeks of history and a busy hour.
"""

import random
import time
from collections.abc import Iterator

from benchmarks.command_line import command_line
from benchmarks.streams import bucket, poisson, seeded
from detectors.brand_state import BrandState
from detectors.detector import Detector
from detectors.records import Bucket, Progress, Tally, dumps, loads
from detectors.records.times import from_epoch
from detectors.scoring import STEP
from detectors.settings import DetectionSettings

_START = 1_760_313_600
_HOUR = 3600
_SPAN = 600
_KINDS = 60


def main() -> None:
    parser = command_line(__doc__)
    parser.add_argument("--brands", type=int, default=10_000)
    parser.add_argument("--data", help="not needed; taken so that all benchmarks are called alike")
    brands = parser.parse_args().brands
    settings = DetectionSettings()
    rates = [10 ** (-1 + 4 * kind / (_KINDS - 1)) for kind in range(_KINDS)]
    past = [past_of(rate, settings) for rate in rates]
    detector = Detector((f"brand {number}" for number in range(brands)), settings)
    for number in range(brands):
        state = BrandState.from_json(loads(past[number % _KINDS]), settings.windows)
        state.brand = f"brand {number}"
        detector.restore(state)
    begin = next(iter(detector.states.values())).evaluated
    detector.advance(Progress(0, from_epoch(begin)))
    chance = seeded(2)
    for number in range(brands):
        rate = rates[number % _KINDS] * _SPAN / _HOUR
        buckets = dict(_mentions(begin, _SPAN, rate, chance))
        detector.fold(Tally(f"brand {number}", 0, 1_000_000, buckets))
    started = time.process_time()
    detector.advance(Progress(0, from_epoch(begin + _SPAN)))
    spent = time.process_time() - started
    steps = brands * _SPAN // STEP
    print(f"cost per brand and evaluation, {brands} brands: {spent / steps * 1e6:.1f} us")
    print(f"state after four weeks and a busy hour: {_largest(settings) / 1000:.1f} kB")


def _mentions(
    begin: int, span: int, rate: float, chance: random.Random
) -> Iterator[tuple[int, Bucket]]:
    by_step: dict[int, list[bool]] = {}
    for _ in range(poisson(rate, chance)):
        at = begin + chance.randrange(span // STEP) * STEP
        by_step.setdefault(at, []).append(chance.random() < 0.3)
    for at, negative in by_step.items():
        yield at, bucket(at, sum(negative), len(negative) - sum(negative), chance)


def past_of(rate: float, settings: DetectionSettings) -> bytes:
    chance = seeded(1)
    detector = Detector(["a"], settings)
    detector.advance(Progress(0, from_epoch(_START)))
    for hour in range(36):
        begin = _START + hour * _HOUR
        detector.fold(Tally("a", 0, hour, dict(_mentions(begin, _HOUR, rate, chance))))
        detector.advance(Progress(0, from_epoch(begin + _HOUR)))
    return dumps(detector.states["a"].to_json())


def _largest(settings: DetectionSettings) -> int:
    chance = seeded(3)
    state = BrandState("a", _START, settings.windows)
    for hour in range(29 * 24):
        state.skip_to(_START + hour * _HOUR)
        made = bucket(_START, poisson(30, chance), poisson(70, chance), chance)
        state.fold(Tally("a", 0, hour, {_START + hour * _HOUR: made}))
        state.step()
    begin = state.evaluated // _HOUR * _HOUR + _HOUR
    state.skip_to(begin)
    state.fold(Tally("a", 0, 99_999, dict(_mentions(begin, 2 * _HOUR, 20_000, chance))))
    while state.evaluated < begin + 2 * _HOUR:
        state.step()
    return len(dumps(state.to_json()))


if __name__ == "__main__":
    main()
