"""What every sink is: it renders and posts one alert, and says whether a failure can be mended.

A sink never waits, retries or drops anything: the `Publisher` does that for all of them. It may
be handed the same alert again (after a crash, or when an answer got lost), with the same
``alert_id``.
"""

from enum import StrEnum
from typing import Protocol

from detectors.records import Alert


class DeliveryError(Exception):
    """An alert that a sink couldn't deliver.

    `retryable` says whether the same alert may get through later, and `retry_after` how many
    seconds the other side asked to be left alone (`None`: it didn't say). The text is shown in
    logs and dead letters, so it names what to mend and holds no secret.
    """

    def __init__(self, message: str, *, retryable: bool, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retryable = retryable
        self.retry_after = retry_after


class Outcome(StrEnum):
    """What became of one alert at one sink."""

    DELIVERED = "delivered"
    DEAD = "dead"
    FILTERED = "filtered"


class Sink(Protocol):
    """A place that alerts are delivered to.

    `name` is unique among the configured sinks and fit for a metric's label.
    """

    @property
    def name(self) -> str: ...

    async def deliver(self, alert: Alert) -> None:
        """Render and post one alert; raises `DeliveryError`.

        Anything else that it raises counts as a failure that can't be tried again.
        """
        ...

    async def close(self) -> None:
        """Let go of connections; safe to call twice."""
        ...
