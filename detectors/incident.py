"""One incident per brand: from the first bell to all clear.

Severity rises at once and falls with hysteresis: only after it has been calmer for a while, and
only as far as the worst of that while. All times are event time in Unix seconds.
"""

import hashlib
from dataclasses import dataclass

from detectors.records import InvalidRecord, Severity, Status
from detectors.records.codec import as_object, read_count, read_text, require_count, require_text
from detectors.records.severity import rank
from detectors.settings import DetectionSettings


@dataclass(slots=True)
class Incident:
    """What goes on with one brand. `changes` counts the alerts that told of it so far.

    `calm_since` is since when it has been calmer than `severity`, `calm_top` the worst since.
    """

    brand: str
    opened_at: int
    severity: Severity
    peak: Severity
    told_at: int
    changes: int = 0
    calm_since: int | None = None
    calm_top: Severity | None = None

    @classmethod
    def open(cls, brand: str, severity: Severity, now: int) -> "Incident":
        return cls(brand, now, severity, severity, told_at=now)

    @property
    def incident_id(self) -> str:
        """A function of brand and time: worked out again, it is the same."""
        return hashlib.blake2b(
            f"{self.brand}\x1f{self.opened_at}".encode(), digest_size=8
        ).hexdigest()

    def next_alert_id(self) -> str:
        """The id of the next change told, which is thereby counted."""
        self.changes += 1
        return f"{self.incident_id}-{self.changes}"

    def advance(
        self, found: Severity | None, now: int, settings: DetectionSettings
    ) -> Status | None:
        """Take up what an evaluation found; gives the change to tell, if there is one.

        After `Status.RESOLVED` the incident is over.
        """
        if rank(found) < self.severity.rank:
            return self._calmer(found, now, settings)
        self.calm_since = self.calm_top = None
        if found is not None and found.rank > self.severity.rank:
            self.severity = found
            self.peak = max(self.peak, found, key=rank)
            return self._tell(Status.ESCALATED, now)
        due = now - self.told_at >= settings.update_every
        if due and self.severity.at_least(Severity.SERIOUS):
            return self._tell(Status.UPDATED, now)
        return None

    def _calmer(
        self, found: Severity | None, now: int, settings: DetectionSettings
    ) -> Status | None:
        if self.calm_since is None:
            self.calm_since, self.calm_top = now, found
        elif rank(found) > rank(self.calm_top):
            self.calm_top = found
        calm_for = now - self.calm_since
        if self.calm_top is None and calm_for >= settings.resolve_after:
            return self._tell(Status.RESOLVED, now)
        lower = self.calm_top or Severity.WATCH
        if lower.rank < self.severity.rank and calm_for >= settings.calm_after:
            self.severity = lower
            if self.calm_top is not None:
                self.calm_since = self.calm_top = None
            return self._tell(Status.DE_ESCALATED, now)
        return None

    def _tell(self, status: Status, now: int) -> Status:
        self.told_at = now
        return status

    def to_json(self) -> dict[str, object]:
        return {
            "brand": self.brand,
            "opened_at": self.opened_at,
            "severity": self.severity.value,
            "peak": self.peak.value,
            "told_at": self.told_at,
            "changes": self.changes,
            "calm_since": self.calm_since,
            "calm_top": self.calm_top.value if self.calm_top else None,
        }

    @classmethod
    def from_json(cls, value: object) -> "Incident":
        record = as_object(value, "incident")
        calm_top = read_text(record, "calm_top")
        try:
            return cls(
                brand=require_text(record, "brand"),
                opened_at=require_count(record, "opened_at"),
                severity=Severity(require_text(record, "severity")),
                peak=Severity(require_text(record, "peak")),
                told_at=require_count(record, "told_at"),
                changes=require_count(record, "changes"),
                calm_since=read_count(record, "calm_since"),
                calm_top=Severity(calm_top) if calm_top else None,
            )
        except InvalidRecord:
            raise
        except ValueError as error:
            raise InvalidRecord("bad_field", f"incident: {error}") from None
