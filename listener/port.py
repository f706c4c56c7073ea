"""The service's HTTP port: `/metrics`, `/healthz` (alive) and `/readyz` (does its work)."""

from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from listener.listening import listening

OFF: Final = 0


class Port:
    """Serves until closed.

    `page` gives all metrics as Prometheus's text, `why_not_ready` the reason, or an empty string
    when ready.
    """

    def __init__(
        self, page: Callable[[], Awaitable[bytes]], why_not_ready: Callable[[], str] = lambda: ""
    ) -> None:
        self._page = page
        self._why_not_ready = why_not_ready
        self._runner: web.AppRunner | None = None

    async def open(self, host: str, port: int) -> None:
        """Raises `UsageError` if the port can't be had."""
        application = web.Application()
        application.router.add_get("/metrics", self._metrics)
        application.router.add_get("/healthz", self._alive)
        application.router.add_get("/readyz", self._ready)
        self._runner = await listening(
            web.AppRunner(application, access_log=None),
            host,
            port,
            purpose="serve metrics",
            mend="set metrics.port in the configuration, or LISTENER_METRICS__PORT "
            "(0: no port at all)",
        )

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _metrics(self, request: web.Request) -> web.Response:
        del request
        body = await self._page()
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _alive(self, request: web.Request) -> web.Response:
        del request
        return web.Response(text="alive\n")

    async def _ready(self, request: web.Request) -> web.Response:
        del request
        why_not = self._why_not_ready()
        return web.Response(text=f"{why_not or 'ready'}\n", status=503 if why_not else 200)
