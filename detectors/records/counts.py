"""How many there were of what: whole numbers, so that adding them is all there is to do."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from typing import Final

from detectors.records.codec import InvalidRecord, as_list

_COUNTERS: Final = 9
_FEWEST_COUNTERS: Final = 8  # records of before there were authors
_MOST: Final = 2**63 - 1


@dataclass(slots=True)
class Counts:
    """How many there were of what; all of them counts, so adding is all there is to do.

    `reach` sums the known reach of all mentions, `negative_reach` that of the negative ones;
    `alarming` counts mentions with a safety, legal or data-breach term that are not positive.
    `authors` is for the detector to fill in: who wrote negative mentions, each counted once in
    five minutes.
    """

    mentions: int = 0
    negative: int = 0
    neutral: int = 0
    positive: int = 0
    unscored: int = 0
    reach: int = 0
    negative_reach: int = 0
    alarming: int = 0
    authors: int = 0

    def add(self, other: "Counts") -> None:
        self.mentions += other.mentions
        self.negative += other.negative
        self.neutral += other.neutral
        self.positive += other.positive
        self.unscored += other.unscored
        self.reach += other.reach
        self.negative_reach += other.negative_reach
        self.alarming += other.alarming
        self.authors += other.authors

    def subtract(self, other: "Counts") -> None:
        self.mentions -= other.mentions
        self.negative -= other.negative
        self.neutral -= other.neutral
        self.positive -= other.positive
        self.unscored -= other.unscored
        self.reach -= other.reach
        self.negative_reach -= other.negative_reach
        self.alarming -= other.alarming
        self.authors -= other.authors

    def numbers(self) -> tuple[int, ...]:
        """All of them, in the order in which they are given to `Counts`."""
        return (
            self.mentions,
            self.negative,
            self.neutral,
            self.positive,
            self.unscored,
            self.reach,
            self.negative_reach,
            self.alarming,
            self.authors,
        )

    def to_json(self) -> list[int]:
        return [*self.numbers()]

    @classmethod
    def from_json(cls, value: object) -> "Counts":
        (counts,) = counts_from_json([value])
        return counts


def counts_from_json(values: Iterable[object]) -> list[Counts]:
    """Many that `Counts.to_json` wrote: looked at together, which is quicker."""
    rows = [as_list(value, "counts") for value in values]
    numbers = [*chain.from_iterable(rows)]
    if (
        min(map(len, rows), default=_FEWEST_COUNTERS) < _FEWEST_COUNTERS
        or not {int}.issuperset(map(type, numbers))
        or not 0 <= min(numbers, default=0) <= max(numbers, default=0) <= _MOST  # type: ignore[type-var, operator]  # whole numbers by now
    ):
        raise InvalidRecord("bad_field", "counts: expected eight or more whole numbers from 0 up")
    return [Counts(*row[:_COUNTERS]) for row in rows]  # type: ignore[arg-type]  # by now
