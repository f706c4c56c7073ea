"""A tool that pushes mentions to a webhook, and tries again until it is told 202."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

import httpx

_JSON_LINES: Final = {"Content-Type": "application/x-ndjson"}


class Pusher:
    """Sends its JSON Lines, in one request, whenever somebody begins to listen."""

    def __init__(self, host: str, port: int, path: str, lines: bytes) -> None:
        self._address = host, port
        self._url = f"http://{host}:{port}{path}"
        self._lines = lines

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _run(self) -> None:
        async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
            while True:
                try:
                    reader, writer = await asyncio.open_connection(*self._address)
                except OSError:
                    await asyncio.sleep(0.01)
                    continue
                with suppress(httpx.TransportError):
                    await client.post(self._url, content=self._lines, headers=_JSON_LINES)
                with suppress(ConnectionError):
                    await reader.read()  # ends when the other side no longer listens
                writer.close()
