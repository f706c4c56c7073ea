"""The windows of a brand as they stand, each signal beside what was to be expected."""

from typing import Final

from detectors.brand_state import BrandState
from detectors.settings import DetectionSettings
from detectors.severity import View
from detectors.spike import Expectation, Measured

# While learning, a window is compared with what came before it: that must be this much longer.
_LEARNING_SPANS: Final = 2
_LEARNING_SHAPE: Final = 4.0


def is_learning(state: BrandState, settings: DetectionSettings) -> bool:
    return not state.knows_its_past(settings.learning_hours)


def stands_out(state: BrandState, settings: DetectionSettings) -> bool:
    """Whether any window might hold a spike; told quickly, as it is asked at every step."""
    watch, alarming = settings.watch, settings.alarming
    learning = is_learning(state, settings)
    for window in state.windows:
        counts = window.totals
        if counts.mentions < settings.fewest:
            continue
        if learning:
            return True
        start, now = window.start(state.evaluated), state.evaluated
        if (
            (
                counts.mentions >= watch.floor
                and counts.mentions >= watch.ratio * state.expected_mean(0, start, now)
            )
            or (
                counts.negative >= settings.fewest_negative
                and counts.negative >= settings.least_ratio * state.expected_mean(1, start, now)
            )
            or (counts.alarming >= alarming.floor)
            or (
                counts.authors >= settings.fewest_negative
                and counts.authors >= settings.least_ratio * state.expected_mean(2, start, now)
            )
        ):
            return True
    return False


def views_of(state: BrandState, settings: DetectionSettings) -> list[View]:
    """Shortest window first; while learning, only those that can be compared with anything."""
    places = range(len(state.windows))
    if not is_learning(state, settings):
        return [_view(state, place, settings) for place in places]
    views = [_learning_view(state, place) for place in places]
    return [view for view in views if view is not None]


def _view(state: BrandState, place: int, settings: DetectionSettings) -> View:
    window, now = state.windows[place], state.evaluated
    start, counts = window.start(now), window.totals
    volume, negative, authors, alarming = state.expected(start, now)
    factor = settings.planned_factor(state.brand, start, now) if settings.planned else 1.0
    if factor != 1.0:
        volume = Expectation(volume.mean * factor, volume.shape)
        negative = Expectation(negative.mean * factor, negative.shape)
        authors = Expectation(authors.mean * factor, authors.shape)
    return View(
        length=window.length,
        counts=counts,
        volume=Measured(counts.mentions, volume),
        negative=Measured(counts.negative, negative),
        authors=Measured(counts.authors, authors),
        alarming=Measured(counts.alarming, alarming),
        usual_share=state.usual_share,
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
        usual_share=state.usual_share,
    )
