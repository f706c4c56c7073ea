"""An engine that hands alerts to a publisher and keeps what it hears of them."""

from typing import Literal

from detectors.records import Alert
from sinks import DeliveryError, Outcome, Publisher, RetryPolicy, Route
from tests.unit.sinks.fake_time import FakeSink, FakeTime


class Engine:
    """What an engine keeps: outcomes and dead letters, in the order they were told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str, str]] = []
        self.time = FakeTime()
        self.attempts: list[tuple[str, str, float]] = []
        self.settlements: list[tuple[str, str, float]] = []
        self.depths: list[int] = []

    async def on_settled(self, alert: Alert, sink: str, outcome: Outcome) -> None:
        self.told.append((alert.alert_id, sink, outcome.value))

    async def dead_letter(self, alert: Alert, sink: str, error: str) -> None:
        self.told.append((alert.alert_id, sink, f"letter: {error}"))

    def attempted(
        self, sink: str, result: Literal["ok", "retry", "failed"], seconds: float
    ) -> None:
        self.attempts.append((sink, result, seconds))

    def settled(self, sink: str, outcome: Outcome, delay: float) -> None:
        self.settlements.append((sink, outcome.value, delay))

    def queue_depth(self, sink: str, depth: int) -> None:
        self.depths.append(depth)

    def publisher(
        self, *routes: Route | FakeSink, policy: RetryPolicy | None = None, queue_size: int = 10
    ) -> Publisher:
        """A started one, whose dice always show the longest delay."""
        publisher = Publisher(
            [route if isinstance(route, Route) else Route(route) for route in routes],
            on_settled=self.on_settled,
            dead_letter=self.dead_letter,
            policy=policy,
            observer=self,
            queue_size=queue_size,
            clock=self.time.clock,
            sleep=self.time.sleep,
            random=lambda: 1.0,
        )
        publisher.start()
        return publisher


def busy(retry_after: float | None = None) -> DeliveryError:
    return DeliveryError("answered 429", retryable=True, retry_after=retry_after)


def broken() -> DeliveryError:
    return DeliveryError("answered 400", retryable=False)
