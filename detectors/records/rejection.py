"""A mention that could not be read: kept with the reason, never dropped in silence."""

import json
from dataclasses import dataclass
from typing import Final

from detectors.records.codec import InvalidRecord
from detectors.records.mention import SCHEMA_VERSION
from detectors.text import clean

MAX_RAW: Final = 10_000
_MAX_TOLD: Final = 1000


@dataclass(frozen=True, slots=True)
class Rejection:
    """What was refused (`raw`, cut at `MAX_RAW` characters), why, and where it came from.

    `code` is a fixed word, fit for a metric's label; `where` is a place that a person can go to,
    like ``mentions.jsonl:17``. Both it and the reason may quote a source's own ids, which are
    made fit to be stored as a mention's are.
    """

    code: str
    reason: str
    raw: str
    where: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "reason", clean(self.reason, _MAX_TOLD))
        object.__setattr__(self, "raw", clean(self.raw, MAX_RAW))
        object.__setattr__(self, "where", clean(self.where, _MAX_TOLD))

    @classmethod
    def of(cls, error: InvalidRecord, raw: object, where: str = "") -> "Rejection":
        return cls(error.code, str(error), _shown(raw), where)

    def to_json(self) -> dict[str, object]:
        return {
            "schema_version": SCHEMA_VERSION,
            "code": self.code,
            "reason": self.reason,
            "where": self.where,
            "raw": self.raw,
        }


def _shown(raw: object) -> str:
    if isinstance(raw, bytes):
        raw = raw[:MAX_RAW].decode("utf-8", errors="replace")
    if not isinstance(raw, str):
        try:
            raw = json.dumps(raw, ensure_ascii=False, default=str)
        except (ValueError, RecursionError):
            raw = "(can't be shown)"
    return raw
