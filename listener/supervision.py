"""Running tasks side by side until a signal to stop, or until one of them fails."""

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Final

_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


async def until_stopped(
    work: Coroutine[None, None, None],
    *beside: asyncio.Task[None],
    until_done: bool = False,
) -> None:
    """Run `work` until SIGTERM or SIGINT, then cancel it.

    Once it is done by itself, go on waiting for the signal unless `until_done`. What `work` or
    one of the tasks `beside` it raises comes out of here.
    """
    stop = asyncio.Event()
    with _on_signals(stop.set):
        working = asyncio.create_task(work)
        stopped = asyncio.create_task(stop.wait())
        try:
            pending: set[asyncio.Task[None] | asyncio.Task[bool]] = {working, stopped, *beside}
            while not stopped.done():
                done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
                if until_done and working.done():
                    return
        finally:
            await cancel(working, stopped)


async def cancel(*tasks: asyncio.Task[None] | asyncio.Task[bool]) -> None:
    """Cancel the tasks and wait until they have come to their end, however."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@contextmanager
def _on_signals(stop: Callable[[], None]) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
