"""What travels between the stages: mentions, envelopes, tallies, progress and alerts.

Every record knows its JSON form (`to_json`, and a `from_json` or parser that raises
`InvalidRecord` with a code and the place). On the wire each carries ``schema_version``;
unknown fields are ignored, so that a worker of this version reads the records of the next one.
"""

from detectors.records.alert import Alert, Estimate, Reason, Status
from detectors.records.bucket import Bucket
from detectors.records.codec import InvalidRecord, dumps, loads
from detectors.records.counts import Counts
from detectors.records.deletion import Deleted, Deletion
from detectors.records.envelope import MAX_MENTIONS, Envelope
from detectors.records.glance import Glance
from detectors.records.mention import MAX_TEXT, SCHEMA_VERSION, Kind, Mention, parse_mention
from detectors.records.rejection import Rejection
from detectors.records.sample import Sample
from detectors.records.severity import Severity
from detectors.records.tally import Progress, Tally

__all__ = [
    "MAX_MENTIONS",
    "MAX_TEXT",
    "SCHEMA_VERSION",
    "Alert",
    "Bucket",
    "Counts",
    "Deleted",
    "Deletion",
    "Envelope",
    "Estimate",
    "Glance",
    "InvalidRecord",
    "Kind",
    "Mention",
    "Progress",
    "Reason",
    "Rejection",
    "Sample",
    "Severity",
    "Status",
    "Tally",
    "dumps",
    "loads",
    "parse_mention",
]
