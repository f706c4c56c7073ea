"""Tallies: what one envelope adds to the counts of one brand.

A tally is a function of its envelope and bears that envelope's position (partition and offset on
the `mentions` topic), so that whoever folds it can tell whether it has been folded before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from detectors.records.bucket import Bucket, buckets_from_json, buckets_to_json
from detectors.records.codec import (
    InvalidRecord,
    as_object,
    iso,
    read_time,
    require_count,
    require_text,
)
from detectors.records.mention import SCHEMA_VERSION

_MOST: Final = 2**40  # of anything in a stretch: 1,000 mentions of a reach of a thousand million


@dataclass(frozen=True, slots=True)
class Tally:
    """What the envelope at (`partition`, `offset`) says of one brand.

    `buckets` maps the start of a step of event time, in Unix seconds, to what fell into it.
    """

    brand: str
    partition: int
    offset: int
    buckets: Mapping[int, Bucket]

    def to_json(self) -> dict[str, object]:
        return {
            "schema_version": SCHEMA_VERSION,
            "brand": self.brand,
            "partition": self.partition,
            "offset": self.offset,
            "buckets": buckets_to_json(self.buckets),
        }

    @classmethod
    def from_json(cls, value: object) -> "Tally":
        record = as_object(value, "tally")
        buckets = buckets_from_json(record.get("buckets"))
        if any(max(bucket.counts.numbers()) > _MOST for bucket in buckets.values()):
            raise InvalidRecord("bad_field", f"counts: expected at most {_MOST}")
        return cls(
            brand=require_text(record, "brand"),
            partition=require_count(record, "partition"),
            offset=require_count(record, "offset"),
            buckets=buckets,
        )


@dataclass(frozen=True, slots=True)
class Progress:
    """Event time has reached `watermark` on one partition of `mentions`.

    Sent to every partition of `tallies` behind the tallies that it covers: the detector goes on
    to the lowest watermark of all the source partitions.
    """

    partition: int
    watermark: datetime

    def to_json(self) -> dict[str, object]:
        return {
            "schema_version": SCHEMA_VERSION,
            "partition": self.partition,
            "watermark": iso(self.watermark),
        }

    @classmethod
    def from_json(cls, value: object) -> "Progress":
        record = as_object(value, "progress")
        return cls(require_count(record, "partition"), read_time(record, "watermark"))


def parse_tally(value: object) -> Tally | Progress:
    """Read one record of the `tallies` topic; raises `InvalidRecord`."""
    record = as_object(value, "tally")
    return Tally.from_json(record) if "brand" in record else Progress.from_json(record)
