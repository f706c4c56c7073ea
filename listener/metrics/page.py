"""What the brands' metrics say at one scrape.

Nothing is kept up to date between two scrapes: each reads the detectors anew, brand by brand.
"""

import math
from collections.abc import Iterator
from typing import Final

from detectors.detector import Detector
from detectors.records import Severity
from detectors.severity import View
from detectors.spike import Measured
from detectors.views import is_learning
from listener.metrics.band import usual_band
from listener.metrics.mix import BrandMix
from listener.metrics.text import Family, escaped

_MAX_SCORE: Final = 99.0


class BrandPage:
    """The families of one scrape; `see` and `count` add brands, `text` gives the result."""

    def __init__(self) -> None:
        self.mentions = Family(
            "listener_window_mentions", "gauge", "Mentions in the window, by signal"
        )
        self.expected = Family(
            "listener_window_expected_mentions",
            "gauge",
            "Mentions expected in the window, by signal",
        )
        self.lower = Family(
            "listener_window_expected_lower_mentions",
            "gauge",
            "Lower end of the band in which 95 of 100 windows lie if nothing is wrong",
        )
        self.upper = Family(
            "listener_window_expected_upper_mentions", "gauge", "Upper end of that band"
        )
        self.score = Family(
            "listener_window_spike_score",
            "gauge",
            "Above the band: -log10 of the chance of so many (4 is one in 10,000); within it 0",
        )
        self.share = Family(
            "listener_brand_usual_negative_ratio",
            "gauge",
            "The brand's usual share of negatives among scored mentions, from 0 to 1",
        )
        self.learning = Family(
            "listener_brand_learning", "gauge", "1 while too little of the brand's past is known"
        )
        self.severity = Family(
            "listener_incident_severity",
            "gauge",
            "0 no incident, 1 watch, 2 issue, 3 serious, 4 crisis",
        )
        self.late = Family(
            "listener_mentions_late",
            "counter",
            "Mentions too late for every window since the brand's state began",
        )
        self.incidents = Family("listener_incidents", "gauge", "Open incidents by severity")
        self.event_time = Family(
            "listener_event_time_timestamp_seconds",
            "gauge",
            "Up to where event time has been evaluated",
        )
        self.by_sentiment = Family(
            "listener_brand_mentions", "counter", "Mentions of the brand that were scored"
        )
        self.by_source = Family(
            "listener_brand_source_mentions", "counter", "The same by kind and source"
        )
        self.by_language = Family(
            "listener_brand_language_mentions", "counter", "The same by language"
        )
        self._open = dict.fromkeys(Severity, 0)
        self._watermark: int | None = None

    @property
    def families(self) -> Iterator[Family]:
        return (value for value in vars(self).values() if isinstance(value, Family))

    def see(self, detector: Detector, brand: str) -> None:
        """How a brand stands."""
        state = detector.states[brand]
        label = f'{{brand="{escaped(brand)}"'
        severity = state.incident.severity if state.incident else None
        if severity is not None:
            self._open[severity] += 1
        learning = is_learning(state, detector.settings)
        for family, value in (
            (self.share, f"{state.usual_share:.6g}"),
            (self.learning, int(learning)),
            (self.severity, severity.rank if severity else 0),
            (self.late, state.late),
        ):
            family.lines.append(f"{family.sample_name}{label}}} {value}\n")
        for view in detector.views(brand):
            self._add_view(label, view)
        if detector.watermark is not None:
            known = self._watermark
            at = detector.watermark
            self._watermark = at if known is None else min(known, at)

    def _add_view(self, label: str, view: View) -> None:
        for signal, measured in (("volume", view.volume), ("negative", view.negative)):
            labels = f'{label},window="{view.length}s",signal="{signal}"}}'
            low, high = usual_band(measured.expectation)
            self.mentions.lines.append(f"{self.mentions.name}{labels} {measured.observed}\n")
            self.expected.lines.append(f"{self.expected.name}{labels} {measured.expected:.6g}\n")
            self.lower.lines.append(f"{self.lower.name}{labels} {low}\n")
            self.upper.lines.append(f"{self.upper.name}{labels} {high}\n")
            score = spike_score(measured) if measured.observed > high else 0.0
            self.score.lines.append(f"{self.score.name}{labels} {score:.4g}\n")

    def count(self, brand: str, mix: BrandMix) -> None:
        """What was said of a brand since the start."""
        label = f'{{brand="{escaped(brand)}"'
        for family, name, counts in (
            (self.by_sentiment, "sentiment", mix.sentiments),
            (self.by_source, "source", mix.sources),
            (self.by_language, "language", mix.languages),
        ):
            family.lines += [
                f'{family.sample_name}{label},{name}="{escaped(value)}"}} {count}\n'
                for value, count in list(counts.items())  # another thread may add to it meanwhile
            ]

    def text(self) -> bytes:
        self.incidents.lines = [
            f'{self.incidents.name}{{severity="{severity.value}"}} {count}\n'
            for severity, count in self._open.items()
        ]
        if self._watermark is not None:
            self.event_time.lines = [f"{self.event_time.name} {self._watermark}\n"]
        return "".join(family.text() for family in self.families).encode()


def spike_score(measured: Measured) -> float:
    """-log10 of the chance of so many; asked only of what is unusual, as it takes its time."""
    chance = measured.chance
    return min(-math.log10(chance), _MAX_SCORE) if chance > 0 else _MAX_SCORE
