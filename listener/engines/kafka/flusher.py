"""Flushing a stage again and again, in a task of its own that nothing cuts off half-way.

A flush that is cut off would leave records that are neither done nor to be done again: so agents
only wait for it, and whoever stops a worker lets it come to its end, or lets go of the process.
"""

import asyncio
import time
from contextlib import suppress
from typing import Final, Protocol

_FLUSH_SECONDS: Final = 0.1


class Flushed(Protocol):
    """A stage, as the flusher sees it."""

    @property
    def is_full(self) -> bool: ...

    @property
    def is_due(self) -> bool: ...

    async def step(self) -> None:
        """Go on with what waits, so far that others come in between."""
        ...

    async def flush(self) -> None:
        """See all that waits through."""
        ...


class Flusher:
    """Looks ten times a second whether a flush is due, and at once where the stage is full.

    `steps` counts those that it has seen through.
    """

    def __init__(self, stage: Flushed) -> None:
        self._stage = stage
        self._wake = asyncio.Event()
        self._looked = asyncio.Event()
        self._ending = False
        self._since: float | None = None
        self.steps = 0

    @property
    def waits(self) -> float:
        """For how many seconds the step that is under way has been waiting for the broker."""
        return 0.0 if self._since is None else time.monotonic() - self._since

    async def run(self) -> None:
        """Returns after `end`, with everything flushed."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), _FLUSH_SECONDS)
            self._wake.clear()
            ending = self._ending
            if self._stage.is_due or ending:
                self._since = time.monotonic()
                await (self._stage.flush if ending else self._stage.step)()
                self._since = None
                self.steps += 1
            self._looked.set()
            if ending:
                return

    async def wait_for_room(self) -> None:
        """Returns when the stage may take another record."""
        while self._stage.is_full:
            self._looked.clear()
            self._wake.set()
            await self._looked.wait()

    def end(self) -> None:
        """Let `run` flush once more and return."""
        self._ending = True
        self._wake.set()
