"""What an engine tells the metrics."""

from datetime import datetime
from typing import Protocol

from detectors.detector import Detector
from detectors.scoring import EnvelopeScore


class PipelineObserver(Protocol):
    """Called as mentions go by; counts are of what was new in the call."""

    def received(self, connector: str, mentions: int) -> None: ...

    def rejected(self, code: str) -> None: ...

    def scored(self, score: EnvelopeScore, now: datetime) -> None: ...

    def evaluated(self, detector: Detector) -> None: ...
