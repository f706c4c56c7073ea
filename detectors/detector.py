"""Tallies and the progress of event time in, alerts out.

`Detector` looks after the brands of one partition of `tallies`. It folds each tally once, by its
position, and evaluates every brand at every `STEP` of event time that all source partitions have
reached. What it does depends on the records alone, in whatever order they come between two steps,
at whatever speed, and however often it is stopped and restored.
"""

import zlib
from collections.abc import Iterable, Mapping
from datetime import datetime

from detectors.baseline import HOUR
from detectors.brand_state import MAX_AHEAD, BrandState
from detectors.crowd import how_many
from detectors.details import DETAIL_SPAN
from detectors.glances import FRESH, Glances, forewarn, settle
from detectors.habits import PEOPLE
from detectors.incident import Incident
from detectors.records import (
    Alert,
    Bucket,
    Deleted,
    Glance,
    Progress,
    Reason,
    Severity,
    Status,
    Tally,
)
from detectors.records.times import from_epoch
from detectors.scoring import STEP
from detectors.settings import DetectionSettings
from detectors.severity import Signal, Spike, View, confirmed, find_silence, find_spike
from detectors.surroundings import Surroundings, posts_of
from detectors.views import is_learning, longest_view, stands_out, views_of
from detectors.words import telling_words

# What is shown of a brand that calms down: the second shortest window.
_CALM_VIEW = 1
_STORED_HOURS = 6


class Detector:
    """Detection for `brands`, fed from `sources` partitions of `mentions`."""

    def __init__(
        self, brands: Iterable[str], settings: DetectionSettings, *, sources: int = 1
    ) -> None:
        self.settings = settings
        self.states: dict[str, BrandState] = {}
        self.watermark: int | None = None
        self._brands = frozenset(brands)
        self._reached: dict[int, int | None] = dict.fromkeys(range(sources))
        self._changed: set[str] = set()
        self._glances = Glances()

    def restore(self, state: BrandState) -> None:
        """Put back a brand's stored state, before anything is folded."""
        self.states[state.brand] = state

    @property
    def reached(self) -> dict[int, int]:
        """How far each source partition is, in Unix seconds, as far as it has said so."""
        return {source: at for source, at in self._reached.items() if at is not None}

    def restore_reached(self, reached: Mapping[int, int]) -> None:
        """Put back what `reached` gave; nothing is evaluated before one of them goes on."""
        self._reached.update(reached)

    def touch(self, brand: str) -> None:
        """Have the brand's state stored anew."""
        self._changed.add(brand)

    def take_changed(self) -> list[BrandState]:
        """The states that have to be stored since the last call.

        A brand that only saw time go by is among them four times a day, each brand in another
        hour, for a store that has nothing else that stores it again. Evaluated again it gives the
        same, but days of that would take long.
        """
        changed = [self.states[brand] for brand in sorted(self._changed)]
        self._changed.clear()
        return changed

    def fold(self, tally: Tally) -> bool:
        """Take up a tally; False where it was folded before or is of a brand unknown here."""
        if tally.brand not in self._brands:
            return False
        state = self.states.get(tally.brand)
        if state is None:
            first = min(tally.buckets) if tally.buckets else 0
            start = first if self.watermark is None else min(first, self.watermark)
            state = self.states[tally.brand] = self._new_state(tally.brand, start)
        elif self.watermark is None and tally.buckets:
            state.begin_by(min(tally.buckets))
        folded = state.fold(tally)
        if folded:
            self._changed.add(tally.brand)
        return folded

    def erase(self, deleted: Deleted) -> None:
        """Show no more of what was deleted. It counted, and goes on counting."""
        for brand, state in self.states.items():
            if state.erase(deleted):
                self._changed.add(brand)
        self._glances.erase(deleted)

    def glance(self, glance: Glance, now: datetime) -> list[Alert]:
        """Take up what a worker saw ahead of what is counted: an early warning, or nothing.

        It counts nowhere, and changes nothing else. `now` is the clock's.
        """
        state = self.states.get(glance.brand)
        if state is None or abs(now - glance.taken_at) > FRESH:
            return []
        warning = forewarn(self._glances.take(glance), state, self.settings)
        if warning is None:
            return []
        self._changed.add(glance.brand)
        return [warning]

    def advance(self, progress: Progress) -> list[Alert]:
        """Take note how far one source partition is, and evaluate what all have reached."""
        reached = int(progress.watermark.timestamp()) // STEP * STEP
        known = self._reached.get(progress.partition)
        self._reached[progress.partition] = reached if known is None else max(known, reached)
        lowest: int | None = None
        for source in self._reached.values():
            if source is None:
                return []
            lowest = source if lowest is None else min(lowest, source)
        if lowest is None or (self.watermark is not None and lowest <= self.watermark):
            return []
        if self.watermark is None:
            for state in self.states.values():
                state.begin_by(lowest)
        self.watermark = lowest
        alerts: list[Alert] = []
        for brand in sorted(self._brands):
            if brand in self.states:
                alerts += self._evaluate_to(self.states[brand], lowest)
            else:
                self.states[brand] = self._new_state(brand, lowest)
                self._changed.add(brand)
        return alerts

    def views(self, brand: str) -> list[View]:
        """The brand's windows as they stand, to be shown; none before anything is known."""
        state = self.states.get(brand)
        return views_of(state, self.settings) if state else []

    def _new_state(self, brand: str, start: int) -> BrandState:
        return BrandState(brand, start, self.settings.windows)

    def _evaluate_to(self, state: BrandState, now: int) -> list[Alert]:
        if len(state.ahead) > MAX_AHEAD:
            now = max(now, sorted(state.ahead)[-MAX_AHEAD])
        alerts: list[Alert] = []
        before = state.evaluated // HOUR
        while state.evaluated < now:
            found = self._evaluate(state) if self._go_on(state, now) else None
            alerts += [alert for alert in (found, self._settle(state)) if alert is not None]
        if alerts or (state.evaluated // HOUR != before and _is_due(state, before)):
            self._changed.add(state.brand)
        return alerts

    def _go_on(self, state: BrandState, now: int) -> bool:
        """Go on by a step, or by all those in which nothing can ring; whether to evaluate then."""
        if state.is_quiet or (state.rests and not stands_out(state, self.settings)):
            return _skip(state, now)
        state.step()
        return True

    def _settle(self, state: BrandState) -> Alert | None:
        warning = state.warning
        if warning is None or not warning.is_counted(state.evaluated):
            return None
        recent = state.details.recent(state.evaluated, DETAIL_SPAN)
        return settle(state, warning, self._reason(state, None, recent))

    def _evaluate(self, state: BrandState) -> Alert | None:
        if not state.windows[-1].totals.mentions:
            spike = self._silence(state)
        else:
            spike = self._spike(state) if stands_out(state, self.settings) else None
        is_serious = spike is not None and spike.severity.at_least(Severity.SERIOUS)
        spike = confirmed(spike, state.serious_before)
        state.serious_before = is_serious
        if spike and not state.incident and self._may_wait(spike, state.evaluated):
            return None
        return self._tell(state, spike) if spike or state.incident else None

    def _may_wait(self, spike: Spike, now: int) -> bool:
        quiet = self.settings.quiet
        return quiet is not None and spike.severity.rank < Severity.SERIOUS.rank and quiet.hold(now)

    def _silence(self, state: BrandState) -> Spike | None:
        if is_learning(state, self.settings):
            return None
        return find_silence(longest_view(state, self.settings), self.settings)

    def _spike(self, state: BrandState) -> Spike | None:
        # What a resolved incident left in the long windows is no news: they speak again once they
        # have passed it, the short ones at once.
        calm_for = state.evaluated - state.calm_from
        views = [view for view in views_of(state, self.settings) if view.length <= calm_for]
        return find_spike(
            views,
            Surroundings(state.details, state.evaluated),
            self.settings,
            learning=is_learning(state, self.settings),
        )

    def _tell(self, state: BrandState, spike: Spike | None) -> Alert | None:
        now, incident = state.evaluated, state.incident
        if incident is None:
            if spike is None:
                return None
            incident = state.incident = Incident.open(state.brand, spike.severity, now)
            previous, status = None, Status.OPENED
        else:
            previous = incident.severity
            change = incident.advance(spike.severity if spike else None, now, self.settings)
            if change is None:
                return None
            status = change
            if status is Status.RESOLVED:
                state.incident = None
                state.calm_from = now - self.settings.resolve_after
        recent = state.details.recent(now, spike.view.length if spike else DETAIL_SPAN)
        return Alert(
            alert_id=incident.next_alert_id(),
            incident_id=incident.incident_id,
            brand=state.brand,
            severity=incident.severity,
            status=status,
            at=from_epoch(now),
            opened_at=from_epoch(incident.opened_at),
            previous=previous,
            peak=incident.peak,
            reason=self._reason(state, spike, recent),
            posts=posts_of(recent),
        )

    def _reason(self, state: BrandState, spike: Spike | None, recent: Bucket) -> Reason:
        if spike is None:
            views = views_of(state, self.settings)
            view = views[min(_CALM_VIEW, len(views) - 1)]
            signal: Signal = "negative"
        else:
            view, signal = spike.view, spike.signal
        measured = view.of(signal)
        unit = PEOPLE if signal == "reach" else 1
        return Reason(
            signal=signal,
            observed=measured.observed * unit,
            expected=round(measured.expected * unit, 3),
            ratio=round(measured.ratio, 3),
            chance=measured.chance_of_none if signal == "silence" else measured.chance,
            window_seconds=view.length,
            mentions=view.counts.mentions,
            negative=view.counts.negative,
            usual_share=round(view.usual_share, 4),
            learning=is_learning(state, self.settings),
            sources=recent.sources,
            languages=recent.languages,
            authors=round(how_many(recent.authors)),
            words=telling_words(
                (post.text for post in (*recent.worst, *recent.widest)), [state.brand]
            ),
        )


def _is_due(state: BrandState, before: int) -> bool:
    """Whether the brand's own hours to be stored in have come since the hour `before`."""
    own = zlib.crc32(state.brand.encode(errors="replace"))
    return (state.evaluated // HOUR + own) // _STORED_HOURS != (before + own) // _STORED_HOURS


def _skip(state: BrandState, now: int) -> bool:
    """Leave out a stretch in which nothing is said; True at a whole hour, to be evaluated.

    Whatever `now` is, the same hours are evaluated.
    """
    until = min(now, min(state.ahead, default=now))
    if state.habits.is_forgotten:
        state.skip_to(until)
        return False
    hour = state.evaluated // HOUR * HOUR + HOUR
    state.skip_to(min(until, hour))
    return state.evaluated == hour
