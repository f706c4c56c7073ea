"""What an engine tells the metrics."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from detectors.records import Alert
from detectors.scoring import EnvelopeScore


class PipelineObserver(Protocol):
    """Called as mentions go by; counts are of what was new in the call, times in seconds."""

    def received(self, connector: str, mentions: int) -> None: ...

    def rejected(self, code: str) -> None: ...

    def scored(self, score: EnvelopeScore, now: datetime, seconds: float) -> None:
        """An envelope, or several in a row, were scored within `seconds`."""
        ...

    def detected(self, folded: int, skipped: int, seconds: float) -> None:
        """Tallies were folded, or skipped as folded before, and the brands evaluated."""
        ...

    def raised(self, alert: Alert, now: datetime) -> None: ...


class WorkerObserver(PipelineObserver, Protocol):
    """What a Kafka worker tells besides."""

    def unreadable(self, topic: str) -> None:
        """A record that another program wrote between our workers was set aside."""
        ...

    def rebalanced(self) -> None:
        """Partitions came or went."""
        ...

    def behind(self, seconds: float) -> None:
        """So long has the record waited that scoring takes next; 0 where that is no time."""
        ...

    def glanced(self, mentions: int) -> None:
        """So many mentions were sampled at the end of the log, ahead of those in turn."""
        ...

    def lagging(self, records: Mapping[tuple[str, int], int]) -> None:
        """So many records wait in each partition (topic, number) of this worker."""
        ...
