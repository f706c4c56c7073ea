"""The score of the Numenta Anomaly Benchmark (Lavin & Ahmad 2015, arXiv:1510.03336, section II).

A detection inside a labelled window earns up to 1, more the earlier it is; only the best of a
window counts. One outside costs, less when it follows a window closely; a window that is missed
costs 1 (2 in the profile that rewards few misses). 0 is a detector that never speaks, 100 the
perfect one. The first 15 % of a series, at most 750 rows, are probation: nothing counts there.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

PROBATION_SHARE: Final = 0.15
PROBATION_ROWS: Final = 750


@dataclass(frozen=True, slots=True)
class Profile:
    """What a window found, a false alarm and a window missed weigh."""

    name: str
    found: float
    false: float
    missed: float


PROFILES: Final = (
    Profile("standard", 1.0, 0.11, 1.0),
    Profile("low FP", 1.0, 0.22, 1.0),
    Profile("low FN", 1.0, 0.11, 2.0),
)


@dataclass(frozen=True, slots=True)
class Labelled:
    """One series: its scores, a row each, and its windows as first and last row."""

    scores: Sequence[float]
    windows: Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Result:
    """The score at a threshold, with the windows found and the rows that rang for nothing."""

    score: float
    threshold: float
    found: int
    false_rows: int


def best(series: Mapping[str, Labelled], profile: Profile) -> Result:
    """At the threshold that suits all the series best, as the benchmark chooses it."""
    return max(sweep(series, profile), key=lambda result: result.score)


def at(series: Mapping[str, Labelled], profile: Profile, threshold: float) -> Result:
    """At a given threshold."""
    reached = [result for result in sweep(series, profile) if result.threshold >= threshold]
    return reached[-1]


def sweep(series: Mapping[str, Labelled], profile: Profile) -> list[Result]:
    """The results at all thresholds, the highest first; that of silence is the first."""
    rows = sorted(
        (
            (score, name, window, value)
            for name, labelled in series.items()
            for score, window, value in _valued(labelled)
        ),
        key=lambda row: -row[0],
    )
    windows = sum(len(labelled.windows) for labelled in series.values())
    silent = -profile.missed * windows
    scale = 100 / (profile.found * windows - silent)
    total, false_rows = silent, 0
    found: dict[tuple[str, int], float] = {}
    results = [Result(0.0, math.inf, 0, 0)]
    for place, (score, name, window, value) in enumerate(rows):
        if window is None:
            total += profile.false * value
            false_rows += 1
        else:
            before = found.get((name, window), -profile.missed)
            found[name, window] = max(before, profile.found * value)
            total += found[name, window] - before
        if place + 1 == len(rows) or rows[place + 1][0] != score:
            results.append(Result((total - silent) * scale, score, len(found), false_rows))
    return results


def _valued(labelled: Labelled) -> list[tuple[float, int | None, float]]:
    """Score, window and what a detection there is worth, for every row after probation."""
    size = len(labelled.scores)
    probation = min(int(PROBATION_SHARE * size), PROBATION_ROWS)
    rows: list[tuple[float, int | None, float]] = []
    for row in range(probation, size):
        window, value = _value(row, labelled.windows)
        rows.append((labelled.scores[row], window, value))
    return rows


def _value(row: int, windows: Sequence[tuple[int, int]]) -> tuple[int | None, float]:
    behind: tuple[int, int] | None = None
    for number, (first, last) in enumerate(windows):
        if first <= row <= last:
            position = -(last - row + 1) / (last - first + 1)
            return number, _sigmoid(position) / _sigmoid(-1.0)
        if last < row:
            behind = first, last
    if behind is None:
        return None, -1.0
    first, last = behind
    return None, _sigmoid((row - last) / (last - first))


def _sigmoid(position: float) -> float:
    """From 1 at the window's start, over 0 at its end, to -1 well behind it."""
    return -1.0 if position > 3.0 else 2 / (1 + math.exp(5 * position)) - 1
