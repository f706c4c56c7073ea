"""The windows of a brand as they stand, each signal beside what was to be expected."""

import math
from typing import Final

from detectors.brand_state import BrandState, Gate
from detectors.habits import PEOPLE
from detectors.settings import DetectionSettings
from detectors.severity import View
from detectors.spike import Expectation, Measured, fewest_unlikely

# While learning, a window is compared with what came before it: that must be this much longer.
_LEARNING_SPANS: Final = 2
_LEARNING_SHAPE: Final = 4.0
_UNKNOWN: Final = Expectation(0.0, 1.0)


def is_learning(state: BrandState, settings: DetectionSettings) -> bool:
    return not state.knows_its_past(settings.learning_hours)


def stands_out(state: BrandState, settings: DetectionSettings) -> bool:
    """Whether any window might hold a spike; told quickly, as it is asked at every step.

    What it takes is fixed for the hour: once False, it stays so until more is said or the hour
    is over.
    """
    if state.gates is None:
        state.gates = tuple(_gate(state, window.length, settings) for window in state.windows)
    for window, gate in zip(state.windows, state.gates, strict=True):
        counts = window.totals
        if (
            counts.mentions >= gate.mentions
            or counts.negative >= gate.negative
            or counts.authors >= gate.authors
            or counts.alarming >= gate.alarming
            or counts.negative_reach >= gate.reach
        ):
            return True
    return False


def _gate(state: BrandState, length: int, settings: DetectionSettings) -> Gate:
    if is_learning(state, settings):
        return Gate(settings.fewest, *[math.inf] * 4)
    watch, reach, least = settings.watch, settings.reach, state.habits.least_expected(length)
    fewest, ratio = settings.fewest_negative, settings.least_ratio
    people = max(level.chance for level in (settings.issue, settings.broad, settings.serious))
    return Gate(
        fewest_unlikely(
            max(watch.floor, watch.ratio * least.volume.mean), least.volume, watch.chance
        ),
        fewest_unlikely(
            max(watch.floor, watch.ratio * least.negative.mean), least.negative, watch.chance
        ),
        fewest_unlikely(max(fewest, ratio * least.authors.mean), least.authors, people),
        settings.alarming.floor,
        max(reach.floor, reach.ratio * least.reach.mean) * PEOPLE,
    )


def views_of(state: BrandState, settings: DetectionSettings) -> list[View]:
    """Shortest window first; while learning, only those that can be compared with anything."""
    places = range(len(state.windows))
    if not is_learning(state, settings):
        return [_view(state, place, settings) for place in places]
    views = [_learning_view(state, place) for place in places]
    return [view for view in views if view is not None]


def longest_view(state: BrandState, settings: DetectionSettings) -> View:
    """The longest window of a brand that is known."""
    return _view(state, -1, settings)


def _view(state: BrandState, place: int, settings: DetectionSettings) -> View:
    window, now = state.windows[place], state.evaluated
    start, counts = window.start(now), window.totals
    usual = state.habits.expected(start, now, window.length)
    factor = settings.planned_factor(state.brand, start, now) if settings.planned else 1.0
    if factor != 1.0:
        usual = usual.times(factor)
    return View(
        length=window.length,
        counts=counts,
        volume=Measured(counts.mentions, usual.volume),
        negative=Measured(counts.negative, usual.negative),
        authors=Measured(counts.authors, usual.authors),
        alarming=Measured(counts.alarming, usual.alarming),
        reach=Measured(counts.negative_reach // PEOPLE, usual.reach),
        usual_share=state.usual_share,
        age=state.evaluated - state.started,
    )


def _learning_view(state: BrandState, place: int) -> View | None:
    """Against all that came before the window; `None` as long as that is too short to tell."""
    window, now = state.windows[place], state.evaluated
    start, counts = window.start(now), window.totals
    before = start - state.started
    if before < _LEARNING_SPANS * window.length:
        return None
    scale = (now - start) / before

    def expected(total: int, inside: int) -> Expectation:
        came = total - inside + 1
        return Expectation(came * scale, 1 / (1 / came + 1 / _LEARNING_SHAPE))

    return View(
        length=window.length,
        counts=counts,
        volume=Measured(counts.mentions, expected(state.total.mentions, counts.mentions)),
        negative=Measured(counts.negative, expected(state.total.negative, counts.negative)),
        authors=Measured(counts.authors, expected(state.total.authors, counts.authors)),
        alarming=Measured(counts.alarming, expected(state.total.alarming, counts.alarming)),
        reach=Measured(counts.negative_reach // PEOPLE, _UNKNOWN),
        usual_share=state.usual_share,
        age=state.evaluated - state.started,
    )
