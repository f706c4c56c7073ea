"""What ingest tells of its connectors, to the metrics and to whoever looks."""

from datetime import datetime
from typing import Protocol

from listener.connectors import Batch
from listener.source_health import Signal


class IngestObserver(Protocol):
    """What the metrics want to know of a connector."""

    def fetched(self, connector: str, batch: Batch, now: datetime) -> None: ...

    def failed(self, connector: str, error: BaseException) -> None: ...

    def troubled(self, connector: str, trouble: Signal | None) -> None:
        """The team was told of a trouble, or that it is over."""
        ...


class Observers:
    """Tells all of them."""

    def __init__(self, *observers: IngestObserver) -> None:
        self._observers = observers

    def fetched(self, connector: str, batch: Batch, now: datetime) -> None:
        for observer in self._observers:
            observer.fetched(connector, batch, now)

    def failed(self, connector: str, error: BaseException) -> None:
        for observer in self._observers:
            observer.failed(connector, error)

    def troubled(self, connector: str, trouble: Signal | None) -> None:
        for observer in self._observers:
            observer.troubled(connector, trouble)
