"""Beginning to listen on a port, for whatever the service serves over HTTP."""

import os
from typing import TypeVar

from aiohttp import web

from listener.errors import UsageError

_Runner = TypeVar("_Runner", bound=web.BaseRunner)


async def listening(runner: _Runner, host: str, port: int, *, purpose: str, mend: str) -> _Runner:
    """The runner, begun; raises `UsageError` with the purpose and the mend if the port can't be
    had."""
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        await runner.cleanup()
        reason = os.strerror(error.errno or 0).lower()
        raise UsageError(f"can't {purpose} on {host}:{port}: {reason}; {mend}") from None
    return runner
