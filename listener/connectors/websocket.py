"""A WebSocket to an address that somebody else typed, under the guard of `sinks.net`.

The checked address is the one connected to, no proxy does the looking up, and a redirect can't
lead to another host.
"""

import logging
from collections.abc import Sequence
from ssl import SSLCertVerificationError
from typing import Final, Literal

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, InvalidStatus
from websockets.http11 import Response
from websockets.typing import Subprotocol

from listener.connectors.connector import RetryLater
from sinks.net import Resolve, checked_addresses, resolve, retry_after

OPEN_SECONDS: Final = 10.0
# A server in full flow is heard no more once nobody reads, and so never says goodbye.
_CLOSE_SECONDS: Final = 0.5
_MAX_BODY: Final = 4096
_BUSY: Final = frozenset({429, 503})
# Its own log would quote URLs and frames.
_SILENT: Final = logging.Logger("websockets", logging.CRITICAL + 1)


class HandshakeRefused(ConnectionError):
    """The server answered with another status than 101; `body` is the beginning of what it said."""

    def __init__(self, host: str, status: int, body: bytes) -> None:
        super().__init__(f"{host} answered {status} to the handshake")
        self.status = status
        self.body = body


async def open_websocket(
    url: httpx.URL,
    *,
    max_frame: int,
    allow_private: bool = False,
    compression: Literal["deflate"] | None = None,
    subprotocols: Sequence[str] = (),
    resolve: Resolve = resolve,
) -> ClientConnection:
    """Connect to the first address that answers; a frame over `max_frame` bytes ends it.

    Raises `RetryLater` where the server says when to come back, `HandshakeRefused`,
    `sinks.net.OutboundError` if no address may be connected to, else ConnectionError.
    """
    failed = f"can't connect to {url.host}"
    for address in await checked_addresses(url, allow_private=allow_private, resolve=resolve):
        try:
            return await connect(
                str(url),
                host=address,
                port=url.port or (443 if url.scheme == "wss" else 80),
                proxy=None,
                compression=compression,
                subprotocols=[Subprotocol(name) for name in subprotocols] or None,
                max_size=max_frame,
                open_timeout=OPEN_SECONDS,
                close_timeout=_CLOSE_SECONDS,
                user_agent_header="listener",
                logger=_SILENT,
            )
        except InvalidStatus as error:
            raise _refused(url.host, error.response) from None
        except SSLCertVerificationError as error:  # a ValueError, too
            why = error.verify_message
            raise ConnectionError(f"{url.host} has no trusted certificate: {why}") from None
        except (InvalidHandshake, ValueError, EOFError) as error:
            # Nothing but the name: what it says may hold bytes that the other side sent.
            raise ConnectionError(
                f"{url.host} is no WebSocket server: {type(error).__name__}"
            ) from None
        except TimeoutError:
            failed = f"{url.host} gave no answer within {OPEN_SECONDS:g} s"
        except OSError as error:
            failed = f"can't connect to {url.host}: {error.strerror or type(error).__name__}"
    raise ConnectionError(failed)


def _refused(host: str, response: Response) -> Exception:
    pause = retry_after(httpx.Headers(list(response.headers.raw_items())))
    if response.status_code in _BUSY and pause is not None:
        return RetryLater(f"{host} answered {response.status_code}", pause)
    return HandshakeRefused(host, response.status_code, bytes(response.body[:_MAX_BODY]))
