"""What is remembered of one brand, from one evaluation to the next.

Everything is a function of the tallies folded in and of how far event time has come; its JSON
form holds all of it, with the positions it stands for, so that restoring it is as good as never
having stopped. Memory is bounded: windows by their cells, details by an hour, the baseline by
four weeks, steps that event time hasn't reached by `MAX_AHEAD`.
"""

from typing import Final, NamedTuple

from detectors.baseline import HISTORY, HOUR
from detectors.details import DETAIL_SPAN, Details
from detectors.early_warning import EarlyWarning
from detectors.habits import Habits
from detectors.incident import Incident
from detectors.records import Bucket, Counts, Deleted, Tally
from detectors.records.bucket import buckets_from_json, buckets_to_json
from detectors.records.codec import (
    InvalidRecord,
    as_list,
    as_object,
    read_count,
    read_flag,
    require_count,
    require_text,
)
from detectors.scoring import STEP
from detectors.windows import Window

STATE_VERSION: Final = 2
MAX_AHEAD: Final = 50_000


class Gate(NamedTuple):
    """The least counts with which a window is worth a closer look."""

    mentions: float
    negative: float
    authors: float
    alarming: float
    reach: float


class BrandState:
    """Counts, baselines and the incident of one brand, up to `evaluated` in Unix seconds."""

    def __init__(self, brand: str, start: int, windows: tuple[int, ...]) -> None:
        self.brand = brand
        self.positions: dict[int, int] = {}
        self.ahead: dict[int, Bucket] = {}
        self.behind: dict[int, Bucket] = {}
        self.windows = [Window(length) for length in windows]
        self.details = Details()
        self.total = Counts()
        self.late = 0
        self.incident: Incident | None = None
        self.serious_before = False
        self.calm_from = 0  # since when it was calm when the last incident was resolved
        self.warning: EarlyWarning | None = None
        self._begin(start)

    def _begin(self, start: int) -> None:
        self.evaluated = start // STEP * STEP
        self.habits = Habits(self.evaluated, [window.length for window in self.windows])
        self.gates: tuple[Gate, ...] | None = None  # see `views`; worked out anew every hour

    @property
    def started(self) -> int:
        """When listening began, in Unix seconds."""
        return self.habits.started

    @property
    def usual_share(self) -> float:
        """The brand's usual share of negatives among scored mentions."""
        return self.habits.usual_share

    def knows_its_past(self, hours: int) -> bool:
        """Whether every hour in the longest window was predicted from so many hours or more."""
        return self.habits.know(hours)

    def begin_by(self, start: int) -> None:
        """Listening began at `start`, before the first mention; of no effect once under way."""
        if start < self.started == self.evaluated:
            self._begin(start)

    def fold(self, tally: Tally) -> bool:
        """Take up a tally, once: False where its position was folded before."""
        if tally.offset <= self.positions.get(tally.partition, -1):
            return False
        self.positions[tally.partition] = tally.offset
        for start, bucket in tally.buckets.items():
            steps = self.behind if start < self.evaluated else self.ahead
            known = steps.get(start)
            if known is None:
                known = steps[start] = Bucket()
            known.merge(bucket)
        return True

    def erase(self, deleted: Deleted) -> bool:
        """Show no more of what was deleted; counts stay. Whether anything had to go."""
        waiting = (*self.ahead.values(), *self.behind.values())
        changed = [self.details.erase(deleted), *(one.erase(deleted) for one in waiting)]
        return any(changed)

    def become_past(self) -> None:
        """Keep what was learned and forget what was going on, and where it was read."""
        self.positions.clear()
        self.incident = None
        self.warning = None
        self.serious_before = False

    def step(self) -> None:
        """Go on by one step of event time."""
        bucket = self.ahead.pop(self.evaluated, None)
        self._begin_hours_to(self.evaluated)
        if self.behind:
            for start, late in sorted(self.behind.items()):
                self._count(start, late)
            self.behind.clear()
        if bucket is not None:
            self._count(self.evaluated, bucket)
        self.evaluated += STEP
        self._slide()

    def skip_to(self, now: int) -> None:
        """Go on to `now` at once: nothing is counted between, and no incident is open."""
        self._begin_hours_to(now - STEP)
        self.evaluated = now
        self._slide()

    def _slide(self) -> None:
        for window in self.windows:
            window.slide(self.evaluated)
        self.details.go_on(self.evaluated)

    @property
    def rests(self) -> bool:
        """Whether windows can only empty before this hour is over or more is said."""
        return (
            self.incident is None
            and not self.serious_before
            and not self.behind
            and self.evaluated not in self.ahead
            and self.evaluated % HOUR != 0
        )

    @property
    def is_quiet(self) -> bool:
        """Whether evaluating would find nothing: nothing in any window, no incident."""
        return (
            self.incident is None
            and not self.behind
            and self.evaluated not in self.ahead
            and not any(window.totals.mentions for window in self.windows)
        )

    def _count(self, start: int, bucket: Bucket) -> None:
        if start < self.evaluated - self.windows[-1].length or start < self.started:
            self.late += bucket.counts.mentions
            return
        self._count_authors(start, bucket)
        for window in self.windows:
            if start >= window.start(self.evaluated):
                window.add(start, bucket.counts)
        self.total.add(bucket.counts)
        self.habits.count(start, bucket.counts)

    def _count_authors(self, start: int, bucket: Bucket) -> None:
        """Those that are new in their five minutes; all of them if that is long ago."""
        if start < self.evaluated - DETAIL_SPAN:
            bucket.counts.authors = len(bucket.authors)
            return
        bucket.counts.authors = self.details.add(start, bucket)

    def _begin_hours_to(self, at: int) -> None:
        """Every hour that begins is predicted once, after the hours that are final by then."""
        if at // HOUR - self.habits.hour > HISTORY:
            # After a silence longer than the history, the brand is as good as new.
            self._begin((at // HOUR - HISTORY) * HOUR)
        if self.habits.go_on(at):
            self.gates = None

    def to_json(self) -> dict[str, object]:
        """All of it, as `from_json` takes it."""
        return {
            "state_version": STATE_VERSION,
            "brand": self.brand,
            "started": self.started,
            "evaluated": self.evaluated,
            "positions": {str(partition): offset for partition, offset in self.positions.items()},
            "ahead": buckets_to_json({**self.ahead, **self.behind}),
            "windows": [[window.length, window.to_json()] for window in self.windows],
            "details": self.details.to_json(),
            "total": self.total.to_json(),
            "late": self.late,
            "incident": self.incident.to_json() if self.incident else None,
            "serious_before": self.serious_before,
            "calm_from": self.calm_from,
            **({"warning": self.warning.to_json()} if self.warning else {}),
            **self.habits.to_json(),
        }

    @classmethod
    def from_json(cls, value: object, windows: tuple[int, ...]) -> "BrandState":
        """Take up what `to_json` wrote; raises `InvalidRecord`.

        A window length that is new in the settings starts empty.
        """
        try:
            return cls._restored(value, windows)
        except (TypeError, LookupError, ArithmeticError, ValueError) as error:
            if isinstance(error, InvalidRecord):
                raise
            raise InvalidRecord("bad_field", f"brand state: {error!r}"[:200]) from None

    @classmethod
    def _restored(cls, value: object, windows: tuple[int, ...]) -> "BrandState":
        record = as_object(value, "brand state")
        state = cls(require_text(record, "brand"), require_count(record, "started"), windows)
        state.evaluated = require_count(record, "evaluated")
        state.positions = {
            int(partition): offset
            for partition, offset in as_object(record.get("positions"), "positions").items()
            if isinstance(offset, int)
        }
        for start, bucket in buckets_from_json(record.get("ahead")).items():
            (state.behind if start < state.evaluated else state.ahead)[start] = bucket
        state.details = Details.from_json(record.get("details"))
        state.total = Counts.from_json(record.get("total"))
        state.late = require_count(record, "late")
        stored = as_list(record.get("windows"), "windows")
        cells = {item[0]: item[1] for item in stored if isinstance(item, list) and len(item) == 2}
        for window in state.windows:
            window.restore(cells.get(window.length, []), state.evaluated)
        if record.get("incident") is not None:
            state.incident = Incident.from_json(record["incident"])
        state.serious_before = read_flag(record, "serious_before")
        state.calm_from = read_count(record, "calm_from") or 0
        if record.get("warning") is not None:
            state.warning = EarlyWarning.from_json(record["warning"])
        state.habits.restore(record)
        return state
