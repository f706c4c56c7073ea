"""When it began that rang: how long a bell took, worked out afterwards from what was said.

The beginning is taken to be the moment t up to the bell for which

    n(t) - 1.5 · usual · (bell - t)

is largest, n(t) being what came from t on: where a cumulative sum (Page 1954) was last at rest.
An hour further back in which it grows no larger ends the search: yesterday's rush is another one.
"""

from bisect import bisect_left, insort
from collections import defaultdict
from datetime import datetime, timedelta
from statistics import median
from typing import Final

from detectors.records import Alert, Severity, Status, Tally
from detectors.records.times import from_epoch

_LONGEST: Final = 24 * 3600
_REST: Final = 3600
_MORE_THAN_USUAL: Final = 1.5
_COLUMNS: Final = {"negative": 1, "volume": 2, "alarming": 3}

_Step = tuple[int, int, int, int]


class Onsets:
    """Remembers the last day of each brand, and how long every severity took to be reached."""

    def __init__(self) -> None:
        self._said: dict[str, list[_Step]] = defaultdict(list)
        self._delays: dict[Severity, list[timedelta]] = defaultdict(list)
        self._reached: set[tuple[str, Severity]] = set()

    def said(self, tally: Tally) -> None:
        """Take up what was said of a brand."""
        steps = self._said[tally.brand]
        for at, bucket in tally.buckets.items():
            counts = bucket.counts
            insort(steps, (at, counts.negative, counts.mentions, counts.alarming))
        if steps:
            del steps[: bisect_left(steps, (steps[-1][0] - _LONGEST, 0, 0, 0))]

    def rang(self, alert: Alert) -> None:
        """Note how long it took, once for each severity that an incident reaches."""
        key = (alert.incident_id, alert.severity)
        began = self.onset(alert)
        if alert.status in {Status.OPENED, Status.ESCALATED} and key not in self._reached and began:
            self._reached.add(key)
            self._delays[alert.severity].append(alert.at - began)

    def onset(self, alert: Alert) -> datetime | None:
        """When it began that this alert is of; `None` for what no count tells, like silence."""
        reason, bell = alert.reason, int(alert.at.timestamp())
        column = _COLUMNS.get(reason.signal)
        if column is None:
            return None
        usual = _MORE_THAN_USUAL * reason.expected / reason.window_seconds
        came, best, began = 0, 0.0, bell
        for step in reversed(self._said[alert.brand]):
            if step[0] >= bell:
                continue
            if began - step[0] > _REST:
                break
            came += step[column]
            beyond = came - usual * (bell - step[0])
            if beyond > best:
                best, began = beyond, step[0]
        return from_epoch(began) if best > 0 else None

    def delays(self) -> dict[Severity, timedelta]:
        """The median time from onset to alert, by the severity that was reached."""
        return {
            severity: timedelta(seconds=median(delay.total_seconds() for delay in delays))
            for severity, delays in sorted(self._delays.items(), key=lambda item: item[0].rank)
        }
