"""An envelope: a batch of mentions as one record on the `mentions` topic.

Faust's cost is per record, so mentions travel in envelopes of up to `MAX_MENTIONS`. An envelope
also carries the **watermark**: ingest's word that everything published before it has been sent,
as far as its sources know. Ingest sends it to every partition, with or without mentions, so that
event time passes for the detector even where nobody says anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from detectors.records.codec import InvalidRecord, as_list, as_object, iso, loads, read_time
from detectors.records.deletion import Deletion
from detectors.records.mention import FUTURE_TOLERANCE, SCHEMA_VERSION, Mention, parse_mention
from detectors.records.rejection import Rejection

MAX_MENTIONS: Final = 50
# A record far over what we ever send is somebody's mistake or attack: don't even parse it.
MAX_BYTES: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Envelope:
    """Mentions in the order in which they were fetched, and event time's progress.

    `deletions` take back what was sent before, or stands among `mentions`.
    """

    mentions: tuple[Mention, ...] = ()
    watermark: datetime | None = None
    deletions: tuple[Deletion, ...] = ()

    def to_json(self) -> dict[str, object]:
        record: dict[str, object] = {
            "schema_version": SCHEMA_VERSION,
            "mentions": [mention.to_json() for mention in self.mentions],
        }
        if self.watermark is not None:
            record["watermark"] = iso(self.watermark)
        if self.deletions:
            record["deletions"] = [deletion.to_json() for deletion in self.deletions]
        return record


def parse_envelope(data: bytes, *, now: datetime) -> tuple[Envelope, list[Rejection]]:
    """Read one record of the `mentions` topic: an envelope, or a mention on its own.

    Never raises: what can't be read comes back as rejections, the rest of the envelope stands.
    """
    try:
        if len(data) > MAX_BYTES:
            raise InvalidRecord("too_large", f"record of {len(data)} bytes, limit {MAX_BYTES}")
        record = as_object(loads(data), "record")
        if "mentions" not in record:
            return Envelope((parse_mention(record, now=now),)), []
        items = as_list(record["mentions"], "mentions")
        taken_back = as_list(record.get("deletions", []), "deletions")
    except InvalidRecord as error:
        return Envelope(), [Rejection.of(error, data)]
    mentions: list[Mention] = []
    rejections: list[Rejection] = []
    watermark: datetime | None = None
    try:
        watermark = _watermark(record, now)
    except InvalidRecord as error:
        rejections.append(Rejection.of(error, record.get("watermark")))
    for item in items:
        try:
            mentions.append(parse_mention(item, now=now))
        except InvalidRecord as error:
            rejections.append(Rejection.of(error, item))
    deletions: list[Deletion] = []
    for item in taken_back:
        try:
            deletions.append(Deletion.from_json(item))
        except InvalidRecord as error:
            rejections.append(Rejection.of(error, item))
    return Envelope(tuple(mentions), watermark, tuple(deletions)), rejections


def _watermark(record: Mapping[str, object], now: datetime) -> datetime | None:
    """One in the future would make event time skip all that is still to be said."""
    if record.get("watermark") is None:
        return None
    watermark = read_time(record, "watermark")
    if watermark > now + FUTURE_TOLERANCE:
        raise InvalidRecord("future_date", f"watermark: {iso(watermark)} is in the future")
    return watermark
