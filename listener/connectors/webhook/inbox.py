"""Deliveries on their way from the sender to ingest: each waits until all of it is safe."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from detectors.records import Deletion, Mention, Rejection

Read = Mention | Deletion | Rejection


@dataclass(eq=False, slots=True)
class Delivery:
    """What one request brought. `safe` becomes true once the engine has all of it.

    It becomes false where the connector is closed before that.
    """

    items: Sequence[Read]
    taken: int = 0
    safe: asyncio.Future[bool] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    def settle(self, safe: bool) -> None:
        if not self.safe.done():
            self.safe.set_result(safe)


class Inbox:
    """What has come in and not yet been handed over; whoever fills it bounds it."""

    def __init__(self) -> None:
        self._waiting: deque[Delivery] = deque()
        self._has_some = asyncio.Event()
        self._is_closed = False

    def put(self, items: Sequence[Read]) -> Delivery:
        delivery = Delivery(items)
        if self._is_closed:
            delivery.settle(False)
        else:
            self._waiting.append(delivery)
            self._has_some.set()
        return delivery

    def withdraw(self, delivery: Delivery) -> None:
        """Its sender has been told to come again: what has not been handed over won't be."""
        delivery.settle(False)
        if delivery in self._waiting:
            self._waiting.remove(delivery)

    async def take(self, at_most: int, seconds: float) -> tuple[list[Read], list[Delivery]]:
        """The next items, and the deliveries that are complete with them; waits for the first."""
        try:
            async with asyncio.timeout(seconds):
                while not self._waiting and not self._is_closed:
                    self._has_some.clear()
                    await self._has_some.wait()
        except TimeoutError:
            return [], []
        items: list[Read] = []
        complete: list[Delivery] = []
        while self._waiting and len(items) < at_most:
            first = self._waiting[0]
            part = first.items[first.taken : first.taken + at_most - len(items)]
            items += part
            first.taken += len(part)
            if first.taken == len(first.items):
                complete.append(self._waiting.popleft())
        return items, complete

    def close(self) -> None:
        """Nothing that waits, or comes from now on, is safe."""
        self._is_closed = True
        while self._waiting:
            self._waiting.popleft().settle(False)
        self._has_some.set()
