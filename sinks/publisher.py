"""The publisher: all the waiting, retrying and dead-lettering, for every sink.

Each sink has a bounded queue and a worker of its own, so that a slow one holds up no other.
Delivery is at least once, in order within a sink, always with the same ``alert_id``. The engine
keeps the undelivered alerts (its outbox) and hands them in again after a restart:

    publisher = Publisher(routes, on_settled=outbox.settle, dead_letter=outbox.bury)
    publisher.start()
    await publisher.submit(alert, skip=frozenset({"console"}))   # console had it before
    ...
    await publisher.drain(timeout=5.0)                           # on SIGTERM
    await publisher.close()
"""

import asyncio
import random as dice
import time
from collections.abc import Awaitable, Callable, Sequence

from detectors.records import Alert
from sinks.hooks import DeadLetter, Hooks, Observer, OnSettled, Unobserved
from sinks.lane import Lane, Time
from sinks.retry import RetryPolicy
from sinks.route import Route

_NO_ONE: frozenset[str] = frozenset()


class Publisher:
    """Delivers alerts to every route.

    `on_settled` is awaited once per alert and sink, when it is delivered, filtered or dead; a
    dead one goes to `dead_letter` first, so that a crash between the two repeats the letter
    rather than losing it. If one of them raises in a worker, that alert counts as unsettled and
    the work goes on; what `on_settled` raises for a filtered alert comes out of `submit`.
    """

    def __init__(
        self,
        routes: Sequence[Route],
        *,
        on_settled: OnSettled,
        dead_letter: DeadLetter,
        policy: RetryPolicy | None = None,
        observer: Observer | None = None,
        queue_size: int = 1000,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        random: Callable[[], float] = dice.random,
    ) -> None:
        """Raises ValueError if two routes have sinks of the same name."""
        names = [route.sink.name for route in routes]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"sinks: give each its own name; {', '.join(sorted(twice))} is twice")
        self._sleep = sleep
        self._stopped = False
        policy = policy or RetryPolicy()
        hooks = Hooks(on_settled, dead_letter, observer or Unobserved())
        timing = Time(clock, sleep, random)
        self._lanes = [
            Lane(route, policy=policy, hooks=hooks, time=timing, queue_size=queue_size)
            for route in routes
        ]

    @property
    def names(self) -> frozenset[str]:
        """The names of all sinks."""
        return frozenset(lane.name for lane in self._lanes)

    def start(self) -> None:
        """Start the workers, inside a running event loop; safe to call twice."""
        for lane in self._lanes:
            lane.start()

    async def submit(self, alert: Alert, skip: frozenset[str] = _NO_ONE) -> None:
        """Queue an alert for every sink that isn't in `skip`; returns when all have taken it.

        A full queue makes this wait, but never keeps the alert from the other sinks. Call it
        from one task, in the order in which the alerts are to go out. Raises RuntimeError once
        the publisher is draining or closed.
        """
        if self._stopped:
            raise RuntimeError("the publisher is stopped")
        await asyncio.gather(*(lane.put(alert) for lane in self._lanes if lane.name not in skip))

    async def drain(self, timeout: float) -> bool:  # noqa: ASYNC109 - its clock is injected
        """Take nothing more, deliver what is queued for up to `timeout` seconds, stop.

        True if everything was settled. What wasn't is not dead-lettered: it is left to the
        engine's outbox, and one that was under way may come again after a restart.
        """
        self._stopped = True
        settled = asyncio.create_task(self._settle_all())
        timer = asyncio.create_task(self._wait(timeout))
        await asyncio.wait({settled, timer}, return_when=asyncio.FIRST_COMPLETED)
        in_time = settled.done()
        settled.cancel()
        timer.cancel()
        await self._stop()
        return in_time

    async def close(self) -> None:
        """Stop at once and close the sinks; safe to call twice."""
        self._stopped = True
        await self._stop()
        await asyncio.gather(
            *(lane.route.sink.close() for lane in self._lanes), return_exceptions=True
        )

    async def _stop(self) -> None:
        await asyncio.gather(*(lane.stop() for lane in self._lanes))

    async def _settle_all(self) -> None:
        await asyncio.gather(*(lane.settle_all() for lane in self._lanes))

    async def _wait(self, seconds: float) -> None:
        await self._sleep(seconds)
