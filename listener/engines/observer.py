"""What an engine tells the metrics."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from detectors.detector import Detector
from detectors.records import Mention
from detectors.scoring import EnvelopeScore


class PipelineObserver(Protocol):
    """Called as mentions go by; counts are of what was new in the call."""

    def received(self, connector: str, mentions: int) -> None: ...

    def rejected(self, code: str) -> None: ...

    def repeated(self, mentions: int) -> None: ...

    def scored(self, score: EnvelopeScore, mentions: Sequence[Mention], now: datetime) -> None: ...

    def evaluated(self, detector: Detector) -> None: ...
