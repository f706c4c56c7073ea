"""The clock by which event time goes: one that a slip of the system's does not carry away.

Event time never goes back. So where it followed a clock that stands a day ahead for one second,
nothing that is said within that day would be heard in time. A step of the clock is believed only
once it has lasted: what a time server or an operator set stays, a slip is over by then.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

STEP_SECONDS: Final = 60.0
"""What is no step but a correction, and believed at once."""

LASTS_SECONDS: Final = 60.0
"""A step that has lasted for so long is believed."""


class SteadyClock:
    """`clock`, without the steps that don't last, as `monotonic` (seconds) tells."""

    def __init__(self, clock: Callable[[], datetime], monotonic: Callable[[], float]) -> None:
        self._clock = clock
        self._monotonic = monotonic
        self._ahead = clock().timestamp() - monotonic()  # of the monotonic clock, as believed
        self._doubted_at: float | None = None

    def __call__(self) -> datetime:
        at = self._monotonic()
        ahead = self._clock().timestamp() - at
        if abs(ahead - self._ahead) <= STEP_SECONDS or self._has_lasted(at):
            self._ahead, self._doubted_at = ahead, None
        elif self._doubted_at is None:
            self._doubted_at = at
        return datetime.fromtimestamp(at + self._ahead, UTC)

    def _has_lasted(self, at: float) -> bool:
        return self._doubted_at is not None and at - self._doubted_at >= LASTS_SECONDS
