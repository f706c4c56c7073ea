"""A clock that stands still until a test moves it, and a sink that does as it is told."""

import asyncio
from collections.abc import Awaitable, Callable

from detectors.records import Alert

Script = Callable[[Alert], Awaitable[None]]


async def settle() -> None:
    """Let every task run until all of them wait for something."""
    for _ in range(100):
        await asyncio.sleep(0)


class FakeTime:
    """`clock` and `sleep` for a publisher; `advance` moves on and wakes whoever is due."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []
        self.asleep = asyncio.Event()
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.asleep.set()
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self.now + seconds, woken))
        await woken

    async def advance(self, seconds: float) -> None:
        until = self.now + seconds
        await settle()
        while due := [sleeper for sleeper in self._sleepers if sleeper[0] <= until]:
            first = min(due, key=lambda sleeper: sleeper[0])
            self._sleepers.remove(first)
            self.now = max(self.now, first[0])
            if not first[1].done():
                first[1].set_result(None)
            await settle()
        self.now = until


class FakeSink:
    """Keeps what it delivered; `does` is run for every attempt, and may raise or wait."""

    def __init__(self, name: str = "fake", does: Script | None = None) -> None:
        self.name = name
        self.attempts: list[str] = []
        self.delivered: list[str] = []
        self.closed = 0
        self._does = does

    async def deliver(self, alert: Alert) -> None:
        self.attempts.append(alert.alert_id)
        if self._does:
            await self._does(alert)
        self.delivered.append(alert.alert_id)

    async def close(self) -> None:
        self.closed += 1


def failing(*errors: Exception) -> Script:
    """The first attempts fail with these, the later ones go through."""
    left = list(errors)

    async def script(alert: Alert) -> None:
        if left:
            raise left.pop(0)

    return script


async def hanging(alert: Alert) -> None:
    """Never answers."""
    await asyncio.Event().wait()
