"""How often the bell rings when nothing is wrong.

    python -m benchmarks.false_alarms --data ../shared/data [--brands 24] [--weeks 6]

Streams are made with the hour-of-week shapes of real brands (series of counts, the median over
their weeks), stationary or seasonal, Poisson or over-dispersed (each hour's rate is Gamma
distributed with shape 5: a standard deviation of 45 %), from one mention in ten hours to a
thousand an hour, three in ten of them negative. The first two weeks are there to be learned.
"""

import argparse
import csv
import random
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.streams import bucket, poisson, seeded
from detectors.detector import Detector
from detectors.records import Alert, Progress, Severity, Status, Tally
from detectors.records.times import from_epoch
from detectors.scoring import STEP
from detectors.settings import DetectionSettings

_START = 1_760_313_600
_HOUR = 3600
_WEEK = 7 * 24
_LEARNED = 2
_ROWS_AN_HOUR = 12
_RATES = (0.1, 1, 10, 100, 1000)
_NEGATIVE = 0.3
_DISPERSION = 5.0


@dataclass(frozen=True, slots=True)
class Kind:
    """How a stream is made: its hour-of-week shape, mean rate an hour, and whether it is bursty."""

    shape: Sequence[float]
    rate: float
    bursty: bool

    @property
    def name(self) -> str:
        season = "stationary" if max(self.shape) == min(self.shape) else "seasonal"
        return f"{season}, {'over-dispersed' if self.bursty else 'Poisson'}, {self.rate:g}/h"


def shapes(folder: Path) -> Iterator[list[float]]:
    """The median week of each series, with mean 1."""
    for path in sorted(folder.glob("*.csv")):
        with path.open(newline="", encoding="utf-8") as file:
            values = [float(row["value"]) for row in csv.DictReader(file)]
        hours = [
            sum(values[at : at + _ROWS_AN_HOUR]) for at in range(0, len(values), _ROWS_AN_HOUR)
        ]
        week = [statistics.median(hours[hour::_WEEK]) for hour in range(_WEEK)]
        mean = statistics.fmean(week)
        yield [hour / mean for hour in week]


def alerts_of(kind: Kind, weeks: int, chance: random.Random) -> Iterator[Alert]:
    """What rings after the weeks of learning."""
    detector = Detector(["a"], DetectionSettings())
    detector.advance(Progress(0, from_epoch(_START)))
    for hour in range((weeks + _LEARNED) * _WEEK):
        rate = kind.rate * kind.shape[hour % _WEEK]
        if kind.bursty:
            rate *= chance.gammavariate(_DISPERSION, 1 / _DISPERSION)
        begin = _START + hour * _HOUR
        steps: dict[int, list[int]] = {}
        for _ in range(poisson(rate, chance)):
            at = begin + chance.randrange(_HOUR // STEP) * STEP
            steps.setdefault(at, [0, 0])[chance.random() >= _NEGATIVE] += 1
        made = {at: bucket(at, negative, other, chance) for at, (negative, other) in steps.items()}
        detector.fold(Tally("a", 0, hour, made))
        alerts = detector.advance(Progress(0, from_epoch(begin + _HOUR)))
        if hour >= _LEARNED * _WEEK:
            yield from alerts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--brands", type=int, default=20)
    parser.add_argument("--weeks", type=int, default=4)
    parser.add_argument("--rates", type=float, nargs="+", default=_RATES)
    options = parser.parse_args()
    rates: Sequence[float] = options.rates
    real = list(shapes(options.data / "volume"))
    rung: dict[str, Counter[Severity]] = {}
    watched: Counter[str] = Counter()
    for number in range(options.brands):
        shape = real[number % len(real)] if number % 4 < 2 else [1.0] * _WEEK
        kind = Kind(shape, rates[number // 4 % len(rates)], bursty=number % 2 == 1)
        watched[kind.name] += options.weeks
        reached = rung.setdefault(kind.name, Counter())
        for alert in alerts_of(kind, options.weeks, seeded(number)):
            if alert.status in {Status.OPENED, Status.ESCALATED}:
                reached[alert.severity] += 1
    print(f"{'stream':44}{'brand-weeks':>12}{'watch':>8}{'issue':>8}{'serious+':>9}  in all")
    for name in sorted(rung):
        _print(name, watched[name], rung[name])
    _print("all", watched.total(), sum(rung.values(), Counter[Severity]()))


def _print(name: str, weeks: int, rung: Counter[Severity]) -> None:
    serious = rung[Severity.SERIOUS] + rung[Severity.CRISIS]
    watch, issue = rung[Severity.WATCH], rung[Severity.ISSUE]
    print(f"{name:44}{weeks:12}{watch:8}{issue:8}{serious:9}", flush=True)


if __name__ == "__main__":
    main()
