"""One sink's own queue and worker: alerts go out one by one, in the order they came in."""

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from detectors.records import Alert
from sinks.hooks import Hooks
from sinks.retry import RetryPolicy
from sinks.route import Route
from sinks.sink import DeliveryError, Outcome

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Time:
    """The clock (monotonic seconds), the wait and the dice, so that tests need no real time."""

    clock: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]
    random: Callable[[], float]


class Lane:
    """Queue and worker of one route; the `Publisher` is its only user."""

    def __init__(
        self, route: Route, *, policy: RetryPolicy, hooks: Hooks, time: Time, queue_size: int
    ) -> None:
        self.route = route
        self.name = route.sink.name
        self._policy = policy
        self._hooks = hooks
        self._time = time
        self._queue: asyncio.Queue[tuple[Alert, float]] = asyncio.Queue(queue_size)
        self._busy = False
        self._next_attempt_at = float("-inf")
        self._worker: asyncio.Task[None] | None = None

    def start(self) -> None:
        if self._worker is None:
            self._worker = asyncio.create_task(self._work(), name=f"sink {self.name}")

    async def stop(self) -> None:
        """End the worker, in the middle of a delivery if need be."""
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)

    async def settle_all(self) -> None:
        """Wait until nothing is queued or under way."""
        await self._queue.join()

    async def put(self, alert: Alert) -> None:
        """Queue an alert, or settle it as filtered; waits for room in a full queue."""
        submitted = self._time.clock()
        if not self.route.wants(alert):
            await self._settle(alert, Outcome.FILTERED, submitted)
            return
        await self._queue.put((alert, submitted))
        self._report_depth()

    async def _work(self) -> None:
        while True:
            alert, submitted = await self._queue.get()
            self._busy = True
            try:
                await self._settle(alert, await self._deliver(alert, submitted), submitted)
            except Exception:
                # The engine still has it as unsettled, and will hand it in again when restarted.
                logger.exception("%s: can't note what became of %s", self.name, alert.alert_id)
            finally:
                self._busy = False
                self._queue.task_done()
                self._report_depth()

    async def _settle(self, alert: Alert, outcome: Outcome, submitted: float) -> None:
        await self._hooks.on_settled(alert, self.name, outcome)
        self._hooks.observer.settled(self.name, outcome, self._time.clock() - submitted)

    async def _deliver(self, alert: Alert, submitted: float) -> Outcome:
        attempt = 0
        while True:
            attempt += 1
            await self._pace()
            started = self._time.clock()
            error = await self._attempt(alert)
            now = self._time.clock()
            if error is None:
                self._hooks.observer.attempted(self.name, "ok", now - started)
                return Outcome.DELIVERED
            delay = self._policy.delay(attempt, error.retry_after, self._time.random)
            if not error.retryable or self._policy.gives_up(attempt, now - submitted, delay):
                self._hooks.observer.attempted(self.name, "failed", now - started)
                failed = "%s: gave up on %s after attempt %d: %s"
                logger.error(failed, self.name, alert.alert_id, attempt, error)
                await self._hooks.dead_letter(alert, self.name, str(error))
                return Outcome.DEAD
            self._hooks.observer.attempted(self.name, "retry", now - started)
            failed = "%s: attempt %d at %s failed, next in %.1f s: %s"
            logger.warning(failed, self.name, attempt, alert.alert_id, delay, error)
            await self._time.sleep(delay)

    async def _attempt(self, alert: Alert) -> DeliveryError | None:
        timeout = self._policy.attempt_timeout
        try:
            async with asyncio.timeout(timeout):
                await self.route.sink.deliver(alert)
        except DeliveryError as error:
            return error
        except TimeoutError:
            return DeliveryError(f"not done within {timeout:g} s", retryable=True)
        except Exception as error:  # noqa: BLE001 - a sink's mistake may cost one alert, no more
            return DeliveryError(_unexpected(error), retryable=False)
        return None

    async def _pace(self) -> None:
        wait = self._next_attempt_at - self._time.clock()
        if wait > 0:
            await self._time.sleep(wait)
        self._next_attempt_at = self._time.clock() + self.route.min_interval

    def _report_depth(self) -> None:
        self._hooks.observer.queue_depth(self.name, self._queue.qsize() + self._busy)


def _unexpected(error: Exception) -> str:
    """Name and place of an exception; its text is left out, since it may quote a secret."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"unexpected {type(error).__name__}{place}"
