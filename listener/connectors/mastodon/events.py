"""Server-sent events, read as they come, a few at a time."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import httpx
from httpx_sse import EventSource, ServerSentEvent

from listener.connectors.http import SourceError

MAX_EVENT: Final = 1024 * 1024
_BLANK_LINES: Final = (b"\n\n", b"\r\n\r\n")


class EventStream:
    """Events of one response, each of `MAX_EVENT` bytes at most.

    One is read ahead; what comes beyond that waits at the other side.
    """

    def __init__(self, response: httpx.Response, host: str) -> None:
        self._response = response
        self._host = host
        bounded = httpx.Response(200, headers=response.headers, stream=_Bounded(response, host))
        self._events = EventSource(bounded).aiter_sse()
        self._next: asyncio.Task[ServerSentEvent] | None = None

    async def take(self, at_most: int, seconds: float) -> list[ServerSentEvent]:
        """What comes within the time. What had come before an end is kept; the next call raises
        `SourceError` or ConnectionError."""
        taken: list[ServerSentEvent] = []
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while len(taken) < at_most:
            if self._next is None:
                self._next = asyncio.create_task(self._read())
            # Left alone when the time is up: reading that was cancelled could not go on.
            await asyncio.wait({self._next}, timeout=max(until - loop.time(), 0))
            if not self._next.done() or (taken and self._next.exception()):
                break
            taken.append(self._next.result())
            self._next = None
        return taken

    async def close(self) -> None:
        if self._next is not None:
            self._next.cancel()
            await asyncio.gather(self._next, return_exceptions=True)
        await self._response.aclose()

    async def _read(self) -> ServerSentEvent:
        try:
            return await anext(self._events)
        except StopAsyncIteration:
            raise ConnectionError(f"{self._host} ended the stream") from None
        except httpx.TransportError as error:
            # Nothing but the name: what it says may hold bytes that the other side sent.
            raise ConnectionError(f"{self._host} broke off: {type(error).__name__}") from None


class _Bounded(httpx.AsyncByteStream):
    """Ends where an event grows beyond all bounds."""

    def __init__(self, response: httpx.Response, host: str) -> None:
        self._response = response
        self._host = host

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size, before = 0, b""
        async for chunk in self._response.aiter_raw():
            seen = before + chunk
            ends = [seen.rfind(blank) + len(blank) for blank in _BLANK_LINES if blank in seen]
            size = len(seen) - max(ends) if ends else size + len(chunk)
            if size > MAX_EVENT:
                raise SourceError(f"{self._host} sent an event of more than {MAX_EVENT} bytes")
            before = seen[-3:]
            yield chunk
