"""What the publisher tells the engine and the metrics."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from detectors.records import Alert
from sinks.sink import Outcome

OnSettled = Callable[[Alert, str, Outcome], Awaitable[None]]
"""Called with the alert, the sink's name and the outcome, once per alert and sink."""

DeadLetter = Callable[[Alert, str, str], Awaitable[None]]
"""Called with an alert that won't be delivered, the sink's name and the last error's text."""


class Observer(Protocol):
    """What the metrics want to know; `sink` is the sink's name, times are in seconds."""

    def attempted(
        self, sink: str, result: Literal["ok", "retry", "failed"], seconds: float
    ) -> None:
        """One call of `Sink.deliver` has ended; `retry` if it will be tried again."""
        ...

    def settled(self, sink: str, outcome: Outcome, delay: float) -> None:
        """An alert is done with at a sink, `delay` after it was handed in."""
        ...

    def queue_depth(self, sink: str, depth: int) -> None:
        """So many alerts wait or are being delivered."""
        ...


class Unobserved:
    """The observer that looks away."""

    def attempted(
        self, sink: str, result: Literal["ok", "retry", "failed"], seconds: float
    ) -> None: ...

    def settled(self, sink: str, outcome: Outcome, delay: float) -> None: ...

    def queue_depth(self, sink: str, depth: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Hooks:
    """What a lane calls."""

    on_settled: OnSettled
    dead_letter: DeadLetter
    observer: Observer
