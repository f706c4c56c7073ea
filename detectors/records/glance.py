"""What a worker that is behind saw of one brand at the end of the log: a sample, not a count.

Glances travel on `tallies` beside what is counted and never become part of it: they are good for
an early warning and for nothing else. See `detectors.glances` for what is made of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from detectors.records.bucket import Bucket
from detectors.records.codec import (
    InvalidRecord,
    as_list,
    as_object,
    iso,
    read_number,
    read_time,
    require_count,
    require_text,
)
from detectors.records.deletion import Deleted

LONGEST_SPAN: Final = 1800
"""Seconds that a glance may speak of."""
_MAX_APART: Final = 60
_MAX_PLACES: Final = 100
_MAX_SAMPLED: Final = 10_000
_MAX_SCALE: Final = 1e6

Place = tuple[int, int]
"""How many negative and how many alarming mentions were found at one place of the log."""


@dataclass(frozen=True, slots=True)
class Glance:
    """A sample of what was published of `brand` from `begin` to `end`, in Unix seconds.

    It was taken at `taken_at` by the clock, from the end of one `partition` of `mentions`, by a
    worker that was `behind` seconds late with it. `bucket` adds up what was found; there is about
    `scale` times as much of it. `places` are the parts of the log that were read, as what lies
    side by side there came together, and is alike. `writers` has the author of every
    negative mention, each as often as found (see `crowd`).
    """

    brand: str
    partition: int
    taken_at: datetime
    begin: int
    end: int
    behind: int
    scale: float
    places: Sequence[Place]
    writers: Sequence[int]
    bucket: Bucket

    def erase(self, deleted: Deleted) -> None:
        """Show no more of what was deleted."""
        self.bucket.erase(deleted)

    def to_json(self) -> dict[str, object]:
        return {
            "brand": self.brand,
            "partition": self.partition,
            "taken_at": iso(self.taken_at),
            "begin": self.begin,
            "end": self.end,
            "behind": self.behind,
            "scale": self.scale,
            "places": [list(place) for place in self.places],
            "writers": list(self.writers),
            "bucket": self.bucket.to_json(),
        }

    @classmethod
    def from_json(cls, value: object) -> "Glance":
        """Read a glance's wire form; raises `InvalidRecord`, also where it contradicts itself."""
        record = as_object(value, "glance")
        glance = cls(
            brand=require_text(record, "brand"),
            partition=require_count(record, "partition"),
            taken_at=read_time(record, "taken_at"),
            begin=require_count(record, "begin"),
            end=require_count(record, "end"),
            behind=require_count(record, "behind"),
            scale=read_number(record, "scale"),
            places=[_place(item) for item in as_list(record.get("places"), "places")],
            writers=[_writer(item) for item in as_list(record.get("writers"), "writers")],
            bucket=Bucket.from_json(record.get("bucket")),
        )
        if wrong := [what for what, is_right in glance._must().items() if not is_right]:
            raise InvalidRecord("bad_field", f"glance: expected {wrong[0]}")
        return glance

    def _must(self) -> dict[str, bool]:
        counts = self.bucket.counts
        negative, alarming = (sum(found) for found in zip((0, 0), *self.places, strict=True))
        known = counts.negative + counts.unscored
        return {
            f"a span of up to {LONGEST_SPAN} seconds": 0 < self.end - self.begin <= LONGEST_SPAN,
            "an end where it was taken": abs(self.taken_at.timestamp() - self.end) <= _MAX_APART,
            f"a scale of 1 to {_MAX_SCALE:g}": 1 <= self.scale <= _MAX_SCALE,
            f"{_MAX_PLACES} places at most": len(self.places) <= _MAX_PLACES,
            "counts from 0 up": min(counts.to_json()) >= 0,
            f"{_MAX_SAMPLED} mentions at most": known <= counts.mentions <= _MAX_SAMPLED,
            "at the places what was counted": (negative, alarming)
            == (counts.negative, counts.alarming),
            "a writer of each negative mention": len(self.writers) == counts.negative,
        }


def _place(value: object) -> Place:
    match value:
        case [int(negative), int(alarming)] if min(negative, alarming) >= 0:
            return negative, alarming
        case _:
            raise InvalidRecord("bad_field", "places: expected [negative, alarming]")


def _writer(value: object) -> int:
    if not isinstance(value, int):
        raise InvalidRecord("bad_field", "writers: expected whole numbers")
    return value
