"""How bad it is, judged by the current rate and never by the running total.

A window speaks only while it is *current*: while one of about a twelfth of its length, or the
shortest, runs above what is usual as well, and at a fair part of the long one's own rate. A long
window finds what grows slowly, the short one lets the bell fall silent soon after the rush is
over (multi-window alerts, as in Google's Site Reliability Workbook, ch. 5).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from detectors.records import Counts, Severity
from detectors.settings import DetectionSettings, Level
from detectors.spike import Measured, share_sigmas
from detectors.surroundings import Surroundings

Signal = Literal["negative", "volume", "reach", "alarming", "silence"]

# A shorter window is as good as new more often, and chance gets so many more tries: each gets its
# part of `issue.chance`, which is for an hour. So it is with hours: the longer a brand has been
# listened to, the less of `broad.chance` each gets, which is for five days.
_HOUR: Final = 3600
_BROAD_AGE: Final = 5 * 24 * _HOUR
# A shorter window confirms a longer one when it holds this much of the expected,
_CURRENT_RATIO: Final = 1.2
# and runs at this part of the longer one's rate: below it, the rush is over.
_CURRENT_PART: Final = 0.5


@dataclass(frozen=True, slots=True)
class View:
    """One window at one moment: its counts, and each signal beside its expectation."""

    length: int
    counts: Counts
    volume: Measured
    negative: Measured
    authors: Measured
    alarming: Measured
    reach: Measured  # of negative mentions, in thousands of people
    usual_share: float
    age: int  # how long the brand has been listened to, in seconds

    def of(self, signal: Signal) -> Measured:
        match signal:
            case "negative":
                return self.negative
            case "alarming":
                return self.alarming
            case "reach":
                return self.reach
            case "volume" | "silence":
                return self.volume

    @property
    def looks(self) -> float:
        """How many times an hour such a window is as good as new."""
        return max(_HOUR / self.length, 1.0)

    def is_negative(self, settings: DetectionSettings) -> bool:
        """Whether the share of negatives is clearly above the brand's own, or most by far."""
        scored = self.counts.mentions - self.counts.unscored
        sigmas = share_sigmas(self.counts.negative, scored, self.usual_share)
        most = self.counts.negative >= settings.majority * scored
        # The largest of n looks at chance is about sqrt(2 ln n) larger: shorter, more looks.
        needed = math.sqrt(settings.share_sigmas**2 + 2 * math.log(self.looks))
        return sigmas >= needed or (most and sigmas >= 0)


@dataclass(frozen=True, slots=True)
class Spike:
    """A signal in a window that stands out, and how bad that is by itself."""

    severity: Severity
    signal: Signal
    measured: Measured
    view: View


def find_spike(
    views: Sequence[View], around: Surroundings, settings: DetectionSettings, *, learning: bool
) -> Spike | None:
    """The worst spike in the windows (shortest first); among equals the unlikeliest.

    `serious` is still to be confirmed by a second evaluation: see `confirmed`.
    """
    best: Spike | None = None
    for place, view in enumerate(views):
        shorter = views[max(place - 2, 0)] if place else None
        spike = _judge(view, shorter, around, settings, learning=learning)
        if spike is not None and (best is None or _strength(spike) > _strength(best)):
            best = spike
    if best is not None and best.severity is Severity.SERIOUS and _is_wide(views, around, settings):
        return replace(best, severity=Severity.CRISIS)
    return best


def find_silence(longest: View, settings: DetectionSettings) -> Spike | None:
    """A feed that goes dead is no calm: nothing at all in the longest window, against all odds."""
    dead = longest.counts.mentions == 0 and longest.volume.chance_of_none < settings.silence
    return Spike(Severity.WATCH, "silence", longest.volume, longest) if dead else None


def _is_wide(views: Sequence[View], around: Surroundings, settings: DetectionSettings) -> bool:
    """Whether it comes from two kinds of source, or reaches very many, more than is usual."""
    if around.has_two_kinds(settings):
        return True
    hour = next((view for view in views if view.length >= _HOUR), views[-1])
    return around.reaches_many(settings) and hour.reach.ratio >= settings.serious.ratio


def _strength(spike: Spike) -> tuple[int, float, float]:
    return spike.severity.rank, -spike.measured.chance, spike.measured.ratio


def _judge(
    view: View,
    shorter: View | None,
    around: Surroundings,
    settings: DetectionSettings,
    *,
    learning: bool,
) -> Spike | None:
    negative_now = _is_current("negative", view, shorter)
    if learning:
        extreme = negative_now and reaches(view.authors, settings.learning)
        return Spike(Severity.ISSUE, "negative", view.negative, view) if extreme else None
    if _is_current("alarming", view, shorter) and _alarms(view, around, settings):
        return Spike(Severity.CRISIS, "alarming", view.alarming, view)
    severity = _of_negatives(view, settings) if negative_now else None
    if severity is not None:
        return Spike(severity, "negative", view.negative, view)
    if _is_current("volume", view, shorter) and reaches(view.volume, settings.watch):
        return Spike(Severity.WATCH, "volume", view.volume, view)
    known = view.reach.expected > 0
    if known and _is_current("reach", view, shorter) and reaches(view.reach, settings.reach):
        return Spike(Severity.WATCH, "reach", view.reach, view)
    return None


def _of_negatives(view: View, settings: DetectionSettings) -> Severity | None:
    """`issue` and above go by how many people there are; for `watch`, one is enough."""
    if view.is_negative(settings):
        if reaches(view.authors, settings.serious):
            return Severity.SERIOUS
        if reaches(view.authors, settings.issue, tries=view.looks):
            return Severity.ISSUE
        tries = max(view.age / _BROAD_AGE, 1.0)
        if view.length == _HOUR and reaches(view.authors, settings.broad, tries):
            return Severity.ISSUE
    return Severity.WATCH if reaches(view.negative, settings.watch) else None


def _alarms(view: View, around: Surroundings, settings: DetectionSettings) -> bool:
    return (
        reaches(view.alarming, settings.alarming)
        and around.alarming_authors(view.length) >= settings.alarming.floor
    )


def reaches(measured: Measured, level: Level, tries: float = 1.0) -> bool:
    """Whether a count is that of `level`, looked for so many times as its chance is meant for."""
    return (
        measured.observed >= level.floor
        and measured.ratio >= level.ratio
        and measured.is_rarer_than(level.chance / tries)
    )


def _is_current(signal: Signal, view: View, shorter: View | None) -> bool:
    if shorter is None:
        return True
    now, all_of_it = shorter.of(signal), view.of(signal)
    part = _CURRENT_PART * all_of_it.observed * shorter.length / view.length
    return now.observed > 0 and now.ratio >= _CURRENT_RATIO and now.observed >= part


def confirmed(spike: Spike | None, serious_before: bool) -> Spike | None:
    """`serious` (and `crisis` by way of it) needs two evaluations in a row: the first is `issue`.

    A safety, legal or data-breach term needs no second look.
    """
    if (
        spike is None
        or serious_before
        or spike.signal == "alarming"
        or not spike.severity.at_least(Severity.SERIOUS)
    ):
        return spike
    return Spike(Severity.ISSUE, spike.signal, spike.measured, spike.view)
