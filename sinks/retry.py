"""When to try a delivery again, and when to give up."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Exponential back-off with full jitter, for `max_age` seconds or `max_attempts` attempts.

    The age counts from the moment the alert was handed in, so that after a long outage the
    alerts that piled up get one attempt each instead of another half an hour each. Alerts keep
    their order within a sink: a longer `max_age` also means that one alert which a sink answers
    with "try again" for ever holds up the ones behind it for longer. All times are in seconds;
    an attempt that takes more than `attempt_timeout` counts as failed and is tried again.

    Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    """

    max_attempts: int = 60
    max_age: float = 1800.0
    first_delay: float = 1.0
    max_delay: float = 60.0
    attempt_timeout: float = 30.0

    def __post_init__(self) -> None:
        if self.max_attempts < 1:
            raise ValueError("max_attempts: expected 1 or more")
        if self.max_age < 0:
            raise ValueError("max_age: expected 0 seconds or more")
        if not 0 < self.first_delay <= self.max_delay:
            raise ValueError("first_delay: expected more than 0 and at most max_delay seconds")
        if self.attempt_timeout <= 0:
            raise ValueError("attempt_timeout: expected more than 0 seconds")

    def delay(self, attempt: int, retry_after: float | None, random: Callable[[], float]) -> float:
        """Seconds to wait after the attempt with this number, counted from 1.

        At least `retry_after`, where the other side gave one; `random` returns from [0, 1).
        """
        # 2.0**1024 overflows; long before that the delay has reached its maximum.
        ceiling = min(self.max_delay, self.first_delay * 2.0 ** min(attempt - 1, 64))
        return max(random() * ceiling, retry_after or 0.0)

    def gives_up(self, attempt: int, age: float, delay: float) -> bool:
        """Whether to stop after this attempt, rather than try again in `delay` seconds."""
        return attempt >= self.max_attempts or age + delay > self.max_age
