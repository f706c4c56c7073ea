"""The early warning: what the end of the log says of a brand while counting is still far behind.

A worker that is behind sends a glance every few seconds: a sample of what was published in the
last minutes, one for each partition of `mentions` that it has. Those of about the same moment are
added up here, to an estimate that is cautious three times over:

- how many negative mentions, and by how many people, is taken at its lower bound (see `sampling`);
- partitions without a glance count as if nothing lay there;
- whether the share of negatives is above the brand's own is asked of as few mentions as the
  sample is worth, which are fewer than it holds where what lies side by side is alike.

What that bound is compared with is what the brand's own past leads to expect there, by the
thresholds of `issue` in a window of that length, as in `severity`; `alarming` ones likewise. A
brand that is still learning, one with an incident of `issue` or more under way, and one that was
warned of within `resolve_after` seconds gets no warning. In quiet hours it takes what is `serious`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from detectors.brand_state import BrandState
from detectors.early_warning import EarlyWarning
from detectors.records import (
    Alert,
    Bucket,
    Counts,
    Deleted,
    Estimate,
    Glance,
    Reason,
    Sample,
    Severity,
    Status,
)
from detectors.records.times import from_epoch
from detectors.sampling import at_least, people_at_least, variance
from detectors.scoring import STEP
from detectors.settings import DetectionSettings
from detectors.severity import Signal, View, reaches
from detectors.spike import Measured
from detectors.surroundings import posts_of
from detectors.views import is_learning
from detectors.words import telling_words

FRESH: Final = timedelta(seconds=120)
"""How far from now a glance may have been taken: one that waited for longer is no news."""
_TOGETHER: Final = timedelta(seconds=30)
_FEWEST_PLACES: Final = 5
_LONGEST_DELAY: Final = 7 * 24 * 3600


class Glances:
    """The newest glance at each partition, by brand, as far as they belong together."""

    def __init__(self) -> None:
        self._known: dict[str, dict[int, Glance]] = {}
        self._swept_at: datetime | None = None

    def take(self, glance: Glance) -> list[Glance]:
        """Add one; gives all of its brand of about its moment."""
        self._sweep(glance.taken_at)
        known = self._known.setdefault(glance.brand, {})
        known[glance.partition] = glance
        return [one for one in known.values() if abs(one.taken_at - glance.taken_at) <= _TOGETHER]

    def erase(self, deleted: Deleted) -> None:
        """Show no more of what was deleted."""
        for known in self._known.values():
            for glance in known.values():
                glance.erase(deleted)

    def _sweep(self, now: datetime) -> None:
        if self._swept_at is not None and abs(now - self._swept_at) <= _TOGETHER:
            return
        self._swept_at = now
        recent = {
            brand: {at: one for at, one in known.items() if abs(now - one.taken_at) <= _TOGETHER}
            for brand, known in self._known.items()
        }
        self._known = {brand: known for brand, known in recent.items() if known}


@dataclass(frozen=True, slots=True)
class _Sum:
    """Glances at several partitions, added up."""

    glances: Sequence[Glance]
    bucket: Bucket

    @classmethod
    def of(cls, glances: Sequence[Glance]) -> "_Sum":
        bucket = Bucket()
        for glance in glances:
            bucket.merge(glance.bucket)
        return cls(glances, bucket)

    @property
    def begin(self) -> int:
        return min(glance.begin for glance in self.glances)

    @property
    def end(self) -> int:
        return max(glance.end for glance in self.glances)

    @property
    def span(self) -> int:
        """The seconds that each of them speaks of; they may have been taken some apart."""
        return max(glance.end - glance.begin for glance in self.glances)

    @property
    def behind(self) -> int:
        return max(glance.behind for glance in self.glances)

    @property
    def places(self) -> int:
        return sum(len(glance.places) for glance in self.glances)

    @property
    def scale(self) -> float:
        """How many mentions of the brand there are about, for each in the sample."""
        found = sum(glance.bucket.counts.mentions for glance in self.glances)
        about = sum(glance.scale * glance.bucket.counts.mentions for glance in self.glances)
        return about / found if found else 1.0

    def least(self, kind: int) -> int:
        """How many negative (0) or alarming (1) mentions there are at least."""
        samples = [(g.scale, [place[kind] for place in g.places]) for g in self.glances]
        return max(int(at_least(samples)), sum(sum(found) for _, found in samples))

    def people(self) -> int:
        """How many people wrote the negative ones, at least: no fewer than were seen."""
        writers = [writer for glance in self.glances for writer in glance.writers]
        return min(int(people_at_least(writers)), self.least(0))

    def worth(self) -> Counts:
        """The counts of a sample of single mentions that would be worth as much."""
        found = self.bucket.counts
        spread = sum(variance([place[0] for place in glance.places]) for glance in self.glances)
        alike = max(spread / found.negative, 1.0) if found.negative else 1.0
        mentions, negative, unscored = (
            int(count / alike) for count in (found.mentions, found.negative, found.unscored)
        )
        return Counts(mentions=mentions, negative=negative, unscored=unscored)


def forewarn(
    glances: Sequence[Glance], state: BrandState, settings: DetectionSettings
) -> Alert | None:
    """The early warning that these glances are worth, which the state then remembers."""
    found = _Sum.of(glances)
    at = found.end // STEP * STEP
    if not _may_warn(state, at, settings) or found.places < _FEWEST_PLACES:
        return None
    view = _view(found, state, settings)
    signal = _signal(view, found, settings, at)
    if signal is None:
        return None
    state.warning = EarlyWarning(
        at=at,
        sampled=found.bucket.counts.mentions,
        behind=found.behind,
    )
    estimate = Estimate(state.warning.sampled, state.warning.behind)
    reason = _reason(found, view, signal, state.brand, estimate)
    return _alert(state, state.warning, Status.OPENED, reason, posts_of(found.bucket))


def _may_warn(state: BrandState, at: int, settings: DetectionSettings) -> bool:
    if not state.evaluated < at <= state.evaluated + _LONGEST_DELAY:
        return False
    if is_learning(state, settings):
        return False
    if state.incident is not None and state.incident.severity.at_least(Severity.ISSUE):
        return False
    before = state.warning
    return before is None or (before.is_over and at >= before.at + settings.resolve_after)


def _view(found: _Sum, state: BrandState, settings: DetectionSettings) -> View:
    begin, end = found.begin, found.end  # what was expected of all of it: the more the surer
    usual = state.habits.foreseen(begin, end, settings.windows[0])
    usual = usual.times(settings.planned_factor(state.brand, begin, end))
    counts = found.worth()
    return View(
        length=found.span,
        counts=counts,
        volume=Measured(counts.mentions, usual.volume),
        negative=Measured(found.least(0), usual.negative),
        authors=Measured(found.people(), usual.authors),
        alarming=Measured(found.least(1), usual.alarming),
        reach=Measured(0, usual.reach),
        usual_share=state.usual_share,
        age=state.evaluated - state.started,
    )


def _signal(view: View, found: _Sum, settings: DetectionSettings, at: int) -> Signal | None:
    alarmed = len(set(found.bucket.alarming_authors)) >= settings.alarming.floor
    if alarmed and reaches(view.alarming, settings.alarming):
        return "alarming"
    is_held = settings.quiet is not None and settings.quiet.hold(at)
    level = settings.serious if is_held else settings.issue
    if view.is_negative(settings) and reaches(view.authors, level, tries=view.looks):
        return "negative"
    return None


def _reason(found: _Sum, view: View, signal: Signal, brand: str, estimate: Estimate) -> Reason:
    def about(count: int) -> int:
        return round(count * found.scale)

    measured, counts = view.of(signal), found.bucket.counts
    return Reason(
        signal=signal,
        observed=measured.observed,
        expected=round(measured.expected, 3),
        ratio=round(measured.ratio, 3),
        chance=measured.chance,
        window_seconds=view.length,
        mentions=about(counts.mentions),
        negative=about(counts.negative),
        usual_share=round(view.usual_share, 4),
        learning=False,
        sources={name: [*map(about, pair)] for name, pair in found.bucket.sources.items()},
        languages={code: about(count) for code, count in found.bucket.languages.items()},
        words=telling_words(
            (post.text for post in (*found.bucket.worst, *found.bucket.widest)), [brand]
        ),
        authors=view.authors.observed,
        estimate=estimate,
    )


def settle(state: BrandState, warning: EarlyWarning, counted: Reason) -> Alert:
    """Tell what came of a warning that counting has passed, with what was `counted`."""
    state.warning = warning.over()
    incident = state.incident
    confirmed = incident is not None and incident.peak.at_least(Severity.ISSUE)
    estimate = Estimate(warning.sampled, warning.behind, confirmed)
    return _alert(state, warning, Status.RESOLVED, replace(counted, estimate=estimate))


def _alert(
    state: BrandState,
    warning: EarlyWarning,
    status: Status,
    reason: Reason,
    posts: tuple[Sample, ...] = (),
) -> Alert:
    """An incident of its own kind with two changes: told, and over."""
    told = status is Status.OPENED
    incident_id = warning.incident_id(state.brand)
    return Alert(
        alert_id=f"{incident_id}-{1 if told else 2}",
        incident_id=incident_id,
        brand=state.brand,
        severity=Severity.ISSUE,
        status=status,
        at=from_epoch(warning.at),
        opened_at=from_epoch(warning.at),
        previous=None if told else Severity.ISSUE,
        peak=Severity.ISSUE,
        reason=reason,
        posts=posts,
    )
