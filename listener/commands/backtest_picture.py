"""The picture of a backtest on mentions: negatives of the last hour, brand by brand."""

import math
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Final

from detectors.detector import Detector
from detectors.records import Alert, Status
from detectors.spike import Expectation
from listener.plot import Bell, Panel, draw

_WINDOW: Final = 3600
_SIGMAS: Final = 3.7  # one in ten thousand of a normal distribution, the default of `issue`


class Picture:
    """Looks at the detector every hour, and draws what it saw and what rang."""

    def __init__(self, brands: Iterable[str]) -> None:
        self._panels = {brand: Panel(f"{brand}: negative mentions in an hour") for brand in brands}

    def look(self, detector: Detector) -> None:
        for brand, panel in self._panels.items():
            for view in detector.views(brand):
                if view.length == _WINDOW and detector.watermark is not None:
                    expected = view.negative.expectation
                    panel.add(
                        detector.watermark, view.negative.observed, expected.mean, _limit(expected)
                    )

    def save(self, path: Path, title: str, alerts: Iterable[Alert]) -> None:
        for brand, panel in self._panels.items():
            panel.bells = _bells([alert for alert in alerts if alert.brand == brand])
        draw(list(self._panels.values()), path, title)


def _limit(expected: Expectation) -> float:
    spread = math.sqrt(expected.mean + expected.mean**2 / expected.shape)
    return max(2 * expected.mean, expected.mean + _SIGMAS * spread)


def _bells(alerts: list[Alert]) -> list[Bell]:
    """From each change to the next one, in the colour of the severity between."""
    return [
        Bell(alert.at, alert.severity, after.at)
        for alert, after in pairwise(alerts)
        if alert.status is not Status.RESOLVED
    ]
