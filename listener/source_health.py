"""Whether a source can be trusted to be heard: it has gone quiet, or it keeps failing.

Nobody misses the mention that is never brought, so the team is told, once per trouble, and told
again when it is over. Both are alerts like any other, of severity ``issue``, by the same sinks;
they are ``about`` a source where others are about a brand.

A source is **quiet** when nothing new has come for `quiet_factor` times its usual longest pause:
the second longest of the longest pauses of its last `_DAYS` days (the longest, in the first week).
That takes a forum's night and an agency's weekend as what they are, and one outage for no habit. A
source that is asked every five minutes pauses for five minutes at least; so that counts by itself.
Nothing is said in the first day, of recordings, or below `quiet_floor` seconds; the time in which
the engine took nothing, or the source failed, or we did not run, is no pause. It is **failing**
when no fetch has succeeded for `failing_after` seconds.
"""

import hashlib
from dataclasses import dataclass
from typing import Final, Literal, get_args

import structlog

from detectors.records import Alert, InvalidRecord, Reason, Severity, Status, dumps, loads
from detectors.records.codec import as_list, as_object, read_number
from detectors.records.times import from_epoch
from listener.source_errors import told

_DAY: Final = 86_400
_DAYS: Final = 14
_WEEK: Final = 7

Signal = Literal["quiet", "failing"]
SIGNALS: Final[tuple[Signal, ...]] = get_args(Signal)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """When a source's trouble is told; 0 for `quiet_factor` or `failing_after`: never.

    `quiet_floor` and `failing_after` in seconds.
    """

    quiet_factor: float = 3.0
    quiet_floor: float = 600.0
    failing_after: float = 300.0

    def __post_init__(self) -> None:
        if self.quiet_factor != 0 and not 1 <= self.quiet_factor <= 1000:
            raise ValueError("quiet_factor: expected 1 to 1000, or 0 for never")
        if not 1 <= self.quiet_floor <= _DAY:
            raise ValueError("quiet_floor: expected 1 to 86400 seconds")
        if not 0 <= self.failing_after <= _DAY:
            raise ValueError("failing_after: expected 0 to 86400 seconds")


@dataclass(frozen=True, slots=True)
class _Trouble:
    """What was told and is not over."""

    signal: Signal
    opened_at: float
    reason: Reason


class SourceHealth:
    """The health of one connector's source. Times are Unix seconds by the clock."""

    def __init__(self, connector: str, settings: SourceSettings, now: float) -> None:
        self._connector = connector
        self._settings = settings
        self._since = self._began = now  # the last news, or since when it is listened to
        self._longest: dict[int, float] = {}  # pause of each day
        self._is_live = False
        self._trouble: _Trouble | None = None
        self._failing_since: float | None = None
        self._failures = 0
        self._detail = ""

    @property
    def trouble(self) -> Signal | None:
        """What the team was told and is not over."""
        return self._trouble.signal if self._trouble else None

    def answered(self, now: float, *, has_news: bool, is_live: bool) -> list[Alert]:
        """A fetch succeeded."""
        self._is_live = is_live
        alerts: list[Alert] = []
        if self._failing_since is not None:
            self._failing_since, self._failures = None, 0
            self._since = now
        if has_news:
            self._learn(now - self._since, now)
            self._since = now
        if self._trouble and (has_news or self._trouble.signal == "failing"):
            alerts.append(self._alert(self._trouble, Status.RESOLVED, now))
            log.info("source is back", connector=self._connector, was=self._trouble.signal)
            self._trouble = None
        return alerts

    def failed(self, now: float, error: Exception) -> None:
        """A fetch failed."""
        if self._failing_since is None:
            self._failing_since = now
        self._failures += 1
        self._detail = told(error)

    def held_up(self, seconds: float) -> None:
        """The engine took nothing for so long, so nothing could come."""
        self._since += seconds

    def look(self, now: float) -> list[Alert]:
        """What there is to tell; nothing, once a trouble was told."""
        if self._trouble is not None:
            return []
        reason = self._failing(now) or self._quiet(now)
        if reason is None:
            return []
        signal: Signal = "failing" if reason.signal == "failing" else "quiet"
        self._trouble = _Trouble(signal, now, reason)
        log.warning(
            "source in trouble",
            connector=self._connector,
            trouble=signal,
            seconds=reason.window_seconds,
            error=reason.detail,
        )
        return [self._alert(self._trouble, Status.OPENED, now)]

    def _failing(self, now: float) -> Reason | None:
        after = self._settings.failing_after
        if not after or self._failing_since is None or now - self._failing_since < after:
            return None
        return _reason("failing", self._failures, 0.0, now - self._failing_since, self._detail)

    def _quiet(self, now: float) -> Reason | None:
        usual = self._usual_pause(now)
        if not self._is_live or self._failing_since is not None or usual is None:
            return None
        pause = now - self._since
        return _reason("quiet", 0, usual, pause) if pause >= self._limit(usual) else None

    def _limit(self, usual: float) -> float:
        return max(self._settings.quiet_floor, self._settings.quiet_factor * usual)

    def _usual_pause(self, now: float) -> float | None:
        """`None` while it isn't known, and where nobody wants to."""
        if not self._settings.quiet_factor or now - self._began < _DAY or not self._longest:
            return None
        pauses = sorted(self._longest.values())
        return pauses[-2] if len(pauses) >= _WEEK else pauses[-1]

    def _learn(self, pause: float, now: float) -> None:
        usual = self._usual_pause(now)
        if usual is not None:
            pause = min(pause, self._limit(usual))
        today = int(now) // _DAY
        # Whole seconds, so that it is stored anew a few times a day and not at every fetch.
        self._longest[today] = max(self._longest.get(today, 0.0), float(round(pause)))
        while len(self._longest) > _DAYS:
            del self._longest[min(self._longest)]

    def _alert(self, trouble: _Trouble, status: Status, now: float) -> Alert:
        mark = f"source\x1f{self._connector}\x1f{trouble.opened_at:.3f}"
        incident = hashlib.blake2b(mark.encode(), digest_size=8).hexdigest()
        is_over = status is Status.RESOLVED
        return Alert(
            alert_id=f"{incident}-{2 if is_over else 1}",
            incident_id=incident,
            brand=self._connector,
            severity=Severity.ISSUE,
            status=status,
            at=from_epoch(now),
            opened_at=from_epoch(trouble.opened_at),
            previous=Severity.ISSUE if is_over else None,
            peak=Severity.ISSUE,
            reason=trouble.reason,
            about="source",
        )

    def to_json(self) -> str:
        """What the next start has to know."""
        trouble = self._trouble
        record = {
            "began": self._began,
            "longest": [list(item) for item in sorted(self._longest.items())],
            "trouble": trouble
            and {"opened_at": trouble.opened_at, "reason": trouble.reason.to_json()},
        }
        return dumps(record).decode()

    def restore(self, stored: str | None) -> None:
        """Take up what `to_json` wrote; what can't be read is learned anew."""
        if stored is None:
            return
        try:
            record = as_object(loads(stored), "health")
            self._began = read_number(record, "began")
            for item in as_list(record.get("longest"), "longest")[-_DAYS:]:
                match item:
                    case [int(day), float(pause)]:
                        self._longest[day] = pause
            if record.get("trouble") is not None:
                trouble = as_object(record["trouble"], "trouble")
                reason = Reason.from_json(trouble.get("reason"))
                signal: Signal = "failing" if reason.signal == "failing" else "quiet"
                self._trouble = _Trouble(signal, read_number(trouble, "opened_at"), reason)
        except InvalidRecord as error:
            log.warning("unreadable health", connector=self._connector, error=str(error))


def _reason(
    signal: Signal, observed: int, expected: float, seconds: float, detail: str = ""
) -> Reason:
    return Reason(
        signal=signal,
        observed=observed,
        expected=expected,
        ratio=round(seconds / expected, 3) if expected else 0.0,
        chance=0.0,
        window_seconds=int(seconds),
        mentions=0,
        negative=0,
        usual_share=0.0,
        learning=False,
        detail=detail,
    )
