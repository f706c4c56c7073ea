"""What an operator can set of the detection, with its defaults; the formulas are in the modules.

Plain frozen dataclasses: the service reads them from its configuration and refuses values that
make no sense with the ValueError raised here.
"""

import math
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from detectors.quiet import QuietHours

LONGEST_WINDOW: Final = 24 * 3600
DAY_HOURS: Final = 24


@dataclass(frozen=True, slots=True)
class Level:
    """When a severity is reached: at least `floor` mentions, `ratio` times the expected, and a
    probability under `chance` that so many come by themselves."""

    floor: int
    ratio: float
    chance: float

    def __post_init__(self) -> None:
        if self.floor < 1 or self.ratio < 1 or not 0 < self.chance < 1:
            raise ValueError("needs floor >= 1, ratio >= 1 and 0 < chance < 1")


@dataclass(frozen=True, slots=True)
class PlannedEvent:
    """A campaign or a launch: from `begin` to `end` a brand is expected to be spoken of `factor`
    times as much as usual."""

    brand: str
    begin: datetime
    end: datetime
    factor: float

    def __post_init__(self) -> None:
        if self.begin.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("begin, end: expected a time with its offset: 2026-11-22T14:00+01:00")
        if self.begin >= self.end:
            raise ValueError("end: expected a time after begin")
        if not 1 <= self.factor <= 1000:
            raise ValueError("factor: expected 1 to 1000")

    def part_of(self, start: int, end: int) -> float:
        """Which part of the span between two moments the event takes up."""
        overlap = min(self.end.timestamp(), end) - max(self.begin.timestamp(), start)
        return max(overlap, 0.0) / (end - start)


@dataclass(frozen=True, slots=True)
class DetectionSettings:
    """All that steers windows, baseline, severity and incidents; times are in seconds.

    `broad` opens an issue as well: where many people complain within an hour, it takes less of a
    proof. The `chance` of `issue` is for an hour: shorter windows get their part. That of `broad`
    is for a brand listened to for five days: in time it falls in proportion.
    `share_sigmas` is how many standard errors the share of negatives must lie above the brand's
    own for `issue` and above; where as many as `majority` are negative, it need only not lie
    below. `silence` is how unlikely a dead longest window must be to be told. `wide_reach` is
    the summed reach of negative mentions in the last hour that makes a serious incident a crisis
    where it is unusual as well; `second_source` how many of them must come from a second kind of
    source to do so. `reach` is what it takes to `watch` by reach alone, its floor in thousands
    of people; one mention counts for a million at most.
    Before `learning_hours` of history only `learning` rings. `planned` events raise what is
    expected; in `quiet` hours nothing below `serious` is opened. `count_rarity` is for plain
    series of counts: how many nats it takes to ring (see `rarity`).
    """

    windows: tuple[int, ...] = (300, 900, 3600, 10_800)
    watch: Level = field(default_factory=lambda: Level(10, 1.5, 1e-4))
    issue: Level = field(default_factory=lambda: Level(12, 2.0, 1e-4))
    broad: Level = field(default_factory=lambda: Level(15, 2.0, 6e-3))
    serious: Level = field(default_factory=lambda: Level(15, 3.0, 1e-6))
    alarming: Level = field(default_factory=lambda: Level(5, 3.0, 1e-6))
    learning: Level = field(default_factory=lambda: Level(30, 10.0, 1e-6))
    reach: Level = field(default_factory=lambda: Level(100, 3.0, 1e-4))
    silence: float = 1e-6
    share_sigmas: float = 1.75
    majority: float = 0.7
    second_source: int = 3
    wide_reach: int = 250_000
    learning_hours: int = 24
    calm_after: int = 900
    resolve_after: int = 1800
    update_every: int = 3600
    count_rarity: float = 6.5
    planned: tuple[PlannedEvent, ...] = ()
    quiet: QuietHours | None = None

    @property
    def fewest_negative(self) -> int:
        """How many negative mentions anything at all takes, of a brand that is known."""
        return min(self.watch.floor, self.issue.floor, self.broad.floor, self.serious.floor)

    @property
    def fewest(self) -> int:
        """How many mentions anything at all takes."""
        return min(self.fewest_negative, self.alarming.floor, self.learning.floor)

    @property
    def least_ratio(self) -> float:
        """How many times the expected negatives anything at all takes."""
        return min(self.watch.ratio, self.issue.ratio, self.broad.ratio, self.serious.ratio)

    def planned_factor(self, brand: str, start: int, end: int) -> float:
        """How many times the usual is expected between two moments."""
        factor = 1.0
        for event in self.planned:
            if event.brand == brand:
                factor += (event.factor - 1) * event.part_of(start, end)
        return factor

    def __post_init__(self) -> None:
        if not self.windows or any(
            not 60 <= length <= LONGEST_WINDOW or length % 60 for length in self.windows
        ):
            raise ValueError("windows: expected whole minutes, from 60 to 86400 seconds")
        if list(self.windows) != sorted(set(self.windows)):
            raise ValueError("windows: expected rising lengths, each once")
        if min(self.calm_after, self.resolve_after, self.update_every) < 60:
            raise ValueError("calm_after, resolve_after, update_every: expected 60 seconds or more")
        if not 0 < self.silence < 1 or not 0 < self.majority <= 1:
            raise ValueError("silence, majority: expected a number between 0 and 1")
        if not 0 < self.count_rarity < math.inf:
            raise ValueError("count_rarity: expected a positive number")
        if self.learning_hours < DAY_HOURS:
            raise ValueError("learning_hours: expected 24 or more, the baseline needs a day")
