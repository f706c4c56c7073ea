"""How often the bell rings when nothing is wrong.

    python -m benchmarks.false_alarms --data ../shared/data [--brands 200] [--weeks 26]

Streams are made with the hour-of-week shapes of real brands (series of counts, the median over
their weeks), stationary or seasonal, from one mention in ten hours to a thousand an hour, three in
ten of them negative, each by somebody else. They are Poisson, or over-dispersed: a rate is Gamma
distributed with shape 5 (a standard deviation of 45 %), drawn anew every hour for the whole
stream, every five minutes for the whole stream, or every hour for the negatives alone. The first
two weeks are there to be learned. Mentions come at whole half minutes (`--grain 10` gives each
step of the detector its own, takes twice as long, and rings as often).
"""

import csv
import math
import random
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from benchmarks.command_line import add_data, command_line
from benchmarks.streams import counted, poisson, seeded
from detectors.detector import Detector
from detectors.records import Alert, Progress, Severity, Tally
from detectors.records.severity import rank
from detectors.records.times import from_epoch
from detectors.settings import DetectionSettings

_START = 1_760_313_600
_HOUR = 3600
_WEEK = 7 * 24
_LEARNED = 2
_ROWS_AN_HOUR = 12
_RATES = (0.1, 1, 10, 100, 1000)
_BURSTS = ("hours", "five minutes", "negatives")
_GRAIN = 30
_NEGATIVE = 0.3
_DISPERSION = 5.0


@dataclass(frozen=True, slots=True)
class Kind:
    """How a stream is made: hour-of-week shape, mean rate an hour, what is bursty in it if any."""

    shape: Sequence[float]
    rate: float
    bursts: str | None

    @property
    def name(self) -> str:
        season = "stationary" if max(self.shape) == min(self.shape) else "seasonal"
        spread = f"over-dispersed ({self.bursts})" if self.bursts else "Poisson"
        return f"{season}, {spread}, {self.rate:g}/h"

    def rates(self, hour: int, chance: random.Random) -> Iterator[tuple[float, float]]:
        """The rates an hour of negatives and others, for each five minutes of the hour."""
        rate = self.rate * self.shape[hour % _WEEK]
        whole = _gamma(chance) if self.bursts == "hours" else 1.0
        negative = _gamma(chance) if self.bursts == "negatives" else 1.0
        for _ in range(_ROWS_AN_HOUR):
            now = rate * (_gamma(chance) if self.bursts == "five minutes" else whole)
            yield now * _NEGATIVE * negative, now * (1 - _NEGATIVE)


@dataclass(slots=True)
class Rung:
    """Brand-weeks looked at, and the incidents in them by their peak."""

    weeks: int = 0
    peaks: Counter[Severity] = field(default_factory=Counter)

    def add(self, other: "Rung") -> None:
        self.weeks += other.weeks
        self.peaks += other.peaks

    def at_least(self, severity: Severity) -> int:
        return sum(number for peak, number in self.peaks.items() if peak.at_least(severity))


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


def kind_of(number: int, real: Sequence[Sequence[float]], rates: Sequence[float]) -> Kind:
    """The brands take turns: burstiness, then season, then rate."""
    turn = number // (4 * len(rates))
    shape = real[turn % len(real)] if number % 4 < 2 else [1.0] * _WEEK
    bursts = _BURSTS[turn % len(_BURSTS)] if number % 2 else None
    return Kind(shape, rates[number // 4 % len(rates)], bursts)


def alerts_of(kind: Kind, weeks: int, grain: int, chance: random.Random) -> Iterator[Alert]:
    """What rings after the weeks of learning."""
    detector = Detector(["a"], DetectionSettings())
    detector.advance(Progress(0, from_epoch(_START)))
    span = _HOUR // _ROWS_AN_HOUR
    for hour in range((weeks + _LEARNED) * _WEEK):
        begin = _START + hour * _HOUR
        steps: dict[int, list[int]] = {}
        for row, rates in enumerate(kind.rates(hour, chance)):
            for which, rate in enumerate(rates):
                for _ in range(poisson(rate / _ROWS_AN_HOUR, chance)):
                    at = begin + row * span + chance.randrange(span // grain) * grain
                    steps.setdefault(at, [0, 0])[which] += 1
        made = {at: counted(negative, other, chance) for at, (negative, other) in steps.items()}
        detector.fold(Tally("a", 0, hour, made))
        alerts = detector.advance(Progress(0, from_epoch(begin + _HOUR)))
        if hour >= _LEARNED * _WEEK:
            yield from alerts


def _gamma(chance: random.Random) -> float:
    return chance.gammavariate(_DISPERSION, 1 / _DISPERSION)


def listen(weeks: int, grain: int, made: tuple[int, Kind]) -> tuple[str, Rung]:
    """One brand, told by its seed."""
    seed, kind = made
    peaks: dict[str, Severity] = {}
    for alert in alerts_of(kind, weeks, grain, seeded(seed)):
        peaks[alert.incident_id] = max(alert.severity, alert.peak, key=rank)
    return kind.name, Rung(weeks, Counter(peaks.values()))


def at_most(events: int) -> float:
    """The 95 % upper bound of a Poisson mean of which `events` came (Garwood 1936)."""
    low, high = 0.0, 10.0 + 3 * events
    while high - low > 1e-3:
        mean = (low + high) / 2
        term = total = math.exp(-mean)
        for number in range(1, events + 1):
            term *= mean / number
            total += term
        low, high = (mean, high) if total > 0.05 else (low, mean)
    return high


def main() -> None:
    parser = command_line(__doc__)
    add_data(parser, "volume/*.csv")
    parser.add_argument("--brands", type=int, default=40)
    parser.add_argument("--weeks", type=int, default=4)
    parser.add_argument("--rates", type=float, nargs="+", default=_RATES)
    parser.add_argument("--grain", type=int, default=_GRAIN, help="seconds, a multiple of 10")
    parser.add_argument("--first", type=int, default=0, help="leave out the brands before this one")
    parser.add_argument("--processes", type=int, default=1)
    options = parser.parse_args()
    real = list(shapes(options.data / "volume"))
    numbers = range(options.first, options.first + options.brands)
    kinds = [(number, kind_of(number, real, options.rates)) for number in numbers]
    rung: dict[str, Rung] = {}
    listening = partial(listen, options.weeks, options.grain)
    began = time.monotonic()
    with ProcessPoolExecutor(options.processes) as pool:
        for done, (name, found) in enumerate(pool.map(listening, kinds), 1):
            rung.setdefault(name, Rung()).add(found)
            if done % 20 == 0:
                issues = sum(one.at_least(Severity.ISSUE) for one in rung.values())
                spent = (time.monotonic() - began) / 60
                print(f"{done} brands, {issues} issues, {spent:.0f} min", flush=True)
    report(rung)


def report(rung: dict[str, Rung]) -> None:
    head = f"{'stream':48}{'brand-weeks':>12}{'watch':>8}{'issue+':>8}{'serious+':>9}"
    print(f"{head}{'issue+ in 4 weeks':>19}{'at most':>9}{'serious+ in 26':>16}{'at most':>9}")
    everything = Rung()
    for name, one in sorted(rung.items()):
        _print(name, one)
        everything.add(one)
    _print("all", everything)


def _print(name: str, one: Rung) -> None:
    issue, serious = one.at_least(Severity.ISSUE), one.at_least(Severity.SERIOUS)
    months, halves = one.weeks / 4, one.weeks / 26
    print(
        f"{name:48}{one.weeks:12}{one.peaks[Severity.WATCH]:8}{issue:8}{serious:9}"
        f"{issue / months:19.2f}{at_most(issue) / months:9.2f}"
        f"{serious / halves:16.2f}{at_most(serious) / halves:9.2f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
