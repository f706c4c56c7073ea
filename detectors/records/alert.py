"""An alert: one change of an incident, as published on `crisis-alerts` and by every sink."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Literal

from detectors.records.codec import (
    InvalidRecord,
    as_list,
    as_object,
    iso,
    read_flag,
    read_number,
    read_text,
    read_time,
    require_count,
    require_text,
)
from detectors.records.deletion import Deleted
from detectors.records.mention import SCHEMA_VERSION
from detectors.records.sample import Sample
from detectors.records.severity import Severity


class Status(StrEnum):
    """What happened to the incident."""

    OPENED = "opened"
    ESCALATED = "escalated"
    UPDATED = "updated"
    DE_ESCALATED = "de-escalated"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


About = Literal["brand", "source"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """What makes an alert an early warning: it rests on a sample, while counting is late.

    `sampled` is how many mentions of the brand the sample held, `behind_seconds` how late counting
    was. Once that has come as far, `confirmed` says whether it had an incident open by then.
    """

    sampled: int
    behind_seconds: int
    confirmed: bool | None = None

    def to_json(self) -> dict[str, object]:
        record: dict[str, object] = {
            "sampled": self.sampled,
            "behind_seconds": self.behind_seconds,
        }
        return record if self.confirmed is None else record | {"confirmed": self.confirmed}

    @classmethod
    def from_json(cls, value: object) -> "Estimate":
        record = as_object(value, "estimate")
        return cls(
            sampled=require_count(record, "sampled"),
            behind_seconds=require_count(record, "behind_seconds"),
            confirmed=read_flag(record, "confirmed") if "confirmed" in record else None,
        )


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the bell rang: the window that speaks loudest, and what is in it.

    `signal` is what was counted (``negative``, ``volume`` or ``alarming``), `observed` its count
    in the last `window_seconds`, `expected` what the brand's own past led to expect there, and
    `chance` how likely so many would be if nothing were wrong. `mentions` and `negative` are the
    counts of the same window, `usual_share` the brand's usual share of negatives among scored
    mentions. `sources` maps ``kind/source`` to [mentions, negative] and `languages` a code to
    mentions, of about that window; `words` are the commonest words of the worst posts and
    `authors` is about how many people wrote the negative ones (0: not known).

    Where there is an `estimate`, nothing was counted: `observed` and `authors` are how many there
    are at least, and all other counts about how many.

    In an alert about a source, `signal` is ``quiet`` (nothing new for `window_seconds`, where
    `expected` seconds are its usual longest pause) or ``failing`` (`observed` fetches in
    `window_seconds` failed, the last one for the reason in `detail`).
    """

    signal: str
    observed: int
    expected: float
    ratio: float
    chance: float
    window_seconds: int
    mentions: int
    negative: int
    usual_share: float
    learning: bool
    sources: dict[str, list[int]] = field(default_factory=dict)
    languages: dict[str, int] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)
    authors: int = 0
    detail: str = ""
    estimate: Estimate | None = None

    def to_json(self) -> dict[str, object]:
        return {
            "signal": self.signal,
            "observed": self.observed,
            "expected": self.expected,
            "ratio": self.ratio,
            "chance": self.chance,
            "window_seconds": self.window_seconds,
            "mentions": self.mentions,
            "negative": self.negative,
            "usual_share": self.usual_share,
            "learning": self.learning,
            "sources": self.sources,
            "languages": self.languages,
            "words": self.words,
            "authors": self.authors,
            **({"detail": self.detail} if self.detail else {}),
            **({"estimate": self.estimate.to_json()} if self.estimate else {}),
        }

    @classmethod
    def from_json(cls, value: object) -> "Reason":
        record = as_object(value, "reason")
        return cls(
            signal=require_text(record, "signal"),
            observed=require_count(record, "observed"),
            expected=read_number(record, "expected"),
            ratio=read_number(record, "ratio"),
            chance=read_number(record, "chance"),
            window_seconds=require_count(record, "window_seconds"),
            mentions=require_count(record, "mentions"),
            negative=require_count(record, "negative"),
            usual_share=read_number(record, "usual_share"),
            learning=read_flag(record, "learning"),
            sources={
                source: [count for count in as_list(pair, "sources") if isinstance(count, int)]
                for source, pair in as_object(record.get("sources", {}), "sources").items()
            },
            languages={
                language: count
                for language, count in as_object(record.get("languages", {}), "languages").items()
                if isinstance(count, int)
            },
            words=[str(word) for word in as_list(record.get("words", []), "words")],
            authors=require_count(record, "authors") if "authors" in record else 0,
            detail=read_text(record, "detail") or "",
            estimate=Estimate.from_json(record["estimate"]) if record.get("estimate") else None,
        )


@dataclass(frozen=True, slots=True)
class Alert:
    """One change of an incident.

    The ids are functions of the brand, the incident's start and the count of its changes, so an
    alert that is worked out or sent again carries the same ones. `at` and `opened_at` are event
    time. `previous` is the severity before the change (`None` when it opened) and `peak` the
    highest so far. `posts` are the worst ones of about the window of `reason`.

    `about` says what `brand` names: a brand, or a source that is quiet or fails. Of those the
    times are the clock's.
    """

    alert_id: str
    incident_id: str
    brand: str
    severity: Severity
    status: Status
    at: datetime
    opened_at: datetime
    previous: Severity | None
    peak: Severity
    reason: Reason
    posts: tuple[Sample, ...] = ()
    about: About = "brand"

    def without(self, deleted: Deleted) -> "Alert":
        """The alert with the posts that may still be shown; itself where that is all of them."""
        posts = tuple(post.without(deleted) for post in self.posts)
        if posts == self.posts:
            return self
        return replace(self, posts=tuple(post for post in posts if not post.is_deleted))

    def to_json(self) -> dict[str, object]:
        return {
            "schema_version": SCHEMA_VERSION,
            "alert_id": self.alert_id,
            "incident_id": self.incident_id,
            "brand": self.brand,
            "severity": self.severity.value,
            "status": self.status.value,
            "at": iso(self.at),
            "opened_at": iso(self.opened_at),
            "previous": self.previous.value if self.previous else None,
            "peak": self.peak.value,
            "reason": self.reason.to_json(),
            "posts": [post.to_json() for post in self.posts],
            "about": self.about,
        }

    @classmethod
    def from_json(cls, value: object) -> "Alert":
        """Read an alert's wire form; raises `InvalidRecord`."""
        record = as_object(value, "alert")
        previous = read_text(record, "previous")
        try:
            return cls(
                alert_id=require_text(record, "alert_id"),
                incident_id=require_text(record, "incident_id"),
                brand=require_text(record, "brand"),
                severity=Severity(require_text(record, "severity")),
                status=Status(require_text(record, "status")),
                at=read_time(record, "at"),
                opened_at=read_time(record, "opened_at"),
                previous=Severity(previous) if previous else None,
                peak=Severity(require_text(record, "peak")),
                reason=Reason.from_json(record.get("reason")),
                posts=tuple(
                    Sample.from_json(post) for post in as_list(record.get("posts", []), "posts")
                ),
                about="source" if record.get("about") == "source" else "brand",
            )
        except ValueError as error:
            if isinstance(error, InvalidRecord):
                raise
            raise InvalidRecord("bad_field", f"alert: {error}") from None
