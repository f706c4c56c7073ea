"""aiohttp's server under the bounds of an endpoint that strangers may reach."""

import asyncio
import logging
from typing import Final

from aiohttp import web

_MAX_CONNECTIONS: Final = 1000
_HEAD_SECONDS: Final = 10.0
_LINGER_SECONDS: Final = 2.0
# Its own log would quote what came in.
_SILENT: Final = logging.Logger("aiohttp", logging.CRITICAL + 1)


class BoundedServer(web.Server):
    """Hands requests to its handler. Lines and headers of more than 8 kB are refused.

    A connection that takes longer than `_HEAD_SECONDS` to say what it wants is cut off, and so
    is one beyond `_MAX_CONNECTIONS`: the process needs file handles for itself.
    """

    def __call__(self) -> web.RequestHandler:
        return _Protocol(
            self,
            loop=asyncio.get_running_loop(),
            keepalive_timeout=_HEAD_SECONDS,  # it counts from the connection on
            lingering_time=_LINGER_SECONDS,
            auto_decompress=False,  # signatures are of what came over the wire
            logger=_SILENT,
            access_log=_SILENT,
        )

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        if len(self.connections) > _MAX_CONNECTIONS:
            transport.abort()


class _Protocol(web.RequestHandler):
    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """aiohttp's own answer quotes the headers, and so the secret."""
        del exc, message
        if request.writer.output_size > 0:
            raise ConnectionError("an answer has begun already")
        answer = web.json_response({"error": "not HTTP as it should be"}, status=status)
        answer.force_close()
        return answer
