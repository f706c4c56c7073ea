"""HTTP to addresses that somebody else typed, with a guard.

Only https, unless http is allowed; only hosts whose address is public, unless private ones are
allowed, and never where a cloud hands out a machine's keys. The address that was checked is the
one connected to, while TLS (SNI and certificate) and the Host header keep the name. Redirects are
not followed: they would lead around the guard, and a 302 turns a POST into a GET. Proxies of the
environment are not used, for they would do the looking up. Requests don't pass through
`httpx.AsyncClient`, which logs every URL, and httpcore's log of the answers' headers is off: a
redirect may quote the URL there.
"""

import asyncio
import ipaddress
import logging
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Final, TypeVar

import httpx

_GLOBAL_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
# Link-local ones are where most clouds answer; these are the others of Amazon, Google, Azure,
# Alibaba and Oracle.
_METADATA: Final = tuple(
    ipaddress.ip_network(network)
    for network in (
        "fd00:ec2::/32",
        "fd20:ce::254/128",
        "168.63.129.16/32",
        "100.100.100.200/32",
        "192.0.0.192/32",
    )
)
_CONNECT_SECONDS: Final = 5.0
_T = TypeVar("_T")

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Host and port -> IP addresses, best first; raises OSError if there are none."""


def _is_no_detail(record: logging.LogRecord) -> bool:
    return record.levelno > logging.DEBUG


logging.getLogger("httpcore.http11").addFilter(_is_no_detail)


class OutboundError(Exception):
    """A request that got no answer. The text names the host at most, nothing else of the URL."""

    def __init__(self, message: str, *, retryable: bool) -> None:
        super().__init__(message)
        self.retryable = retryable


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status; `body` is cut at the limit of the client."""

    status: int
    headers: httpx.Headers
    body: bytes


def check_url(url: str, *, allow_http: bool = False, scheme: str = "http") -> httpx.URL:
    """The parsed URL; raises ValueError that says what to mend and quotes nothing of it.

    `scheme` is that of plain connections, `http` or `ws`: an s behind it means TLS.
    """
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        raise ValueError(f"expected a URL such as {scheme}s://example.com/path") from None
    if parsed.scheme not in ({f"{scheme}s", scheme} if allow_http else {f"{scheme}s"}):
        raise ValueError(f"expected a URL that begins with {scheme}{'' if allow_http else 's'}://")
    if not parsed.host:
        raise ValueError(f"expected a URL with a host, such as {scheme}s://example.com/path")
    if parsed.userinfo:
        raise ValueError("expected a URL without user name and password")
    return parsed


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet."""
    ip = _unwrapped(address)
    if ip.version == 6 and ip not in _GLOBAL_UNICAST:
        return False
    return ip.is_global and not ip.is_multicast


def is_metadata(address: str) -> bool:
    """Whether a cloud may hand out a machine's keys there to whoever asks from the machine."""
    ip = _unwrapped(address)
    return ip.is_link_local or any(ip in network for network in _METADATA)


def _unwrapped(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """One that wraps an IPv4 one counts as that (IPv4-mapped, 6to4, NAT64)."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if ip.version == 4:
        return ip
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip


async def resolve(host: str, port: int) -> Sequence[str]:
    """The system's own look-up."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


async def checked_addresses(
    url: httpx.URL, *, allow_private: bool = False, resolve: Resolve = resolve
) -> Sequence[str]:
    """The addresses of the URL's host that may be connected to; raises `OutboundError`."""
    host = url.raw_host.decode("ascii")
    port = url.port or (80 if url.scheme in {"http", "ws"} else 443)
    try:
        found = await resolve(host, port)
    except (OSError, UnicodeError):
        raise OutboundError(f"can't look up {url.host}", retryable=True) from None
    outside = [one for one in found if not is_metadata(one)]
    if not outside:
        raise OutboundError(
            f"{url.host} leads to where a cloud hands out keys; no setting allows that",
            retryable=False,
        )
    allowed = [one for one in outside if allow_private or is_public(one)]
    if not allowed:
        raise OutboundError(
            f"{url.host} has no public address; set allow_private if it is meant to be yours",
            retryable=False,
        )
    return allowed


class Outbound:
    """A client for guarded requests; one per sink or connector.

    Every request has a connection of its own, which is certain to belong to its host and can't
    have gone stale. `timeout` in seconds is for all of a request, answer included.
    """

    def __init__(
        self,
        *,
        allow_http: bool = False,
        allow_private: bool = False,
        timeout: float = 10.0,
        max_body: int = 64 * 1024,
        resolve: Resolve = resolve,
    ) -> None:
        self._allow_http = allow_http
        self._allow_private = allow_private
        self._timeout = timeout
        self._max_body = max_body
        self._resolve = resolve
        self._transport = httpx.AsyncHTTPTransport(limits=httpx.Limits(max_keepalive_connections=0))

    async def request(
        self, method: str, url: str, *, headers: Mapping[str, str], content: bytes = b""
    ) -> Answer:
        """One request, one answer of any status; raises `OutboundError`, or ValueError for a URL
        that `check_url` refuses."""

        asked = self._request(method, url, headers, content=content)

        async def send(address: str) -> Answer:
            response = await self._send(address, asked)
            return Answer(response.status_code, response.headers, await self._read(response))

        return await self._at_first(asked.url, send)

    async def open(self, url: str, *, headers: Mapping[str, str], silence: float) -> httpx.Response:
        """The answer to a GET with its body unread, for a body that never ends.

        `timeout` is for all up to the body, `silence` in seconds for each wait within it. The
        caller reads it, knowing httpx's errors, and closes it. Raises as `request` does.
        """

        asked = self._request("GET", url, headers, silence=silence)
        return await self._at_first(asked.url, lambda address: self._send(address, asked))

    async def aclose(self) -> None:
        await self._transport.aclose()

    async def _at_first(self, url: httpx.URL, send: Callable[[str], Awaitable[_T]]) -> _T:
        """What `send` gives at the first address that can be connected to, within the timeout."""
        try:
            async with asyncio.timeout(self._timeout):
                addresses = await checked_addresses(
                    url, allow_private=self._allow_private, resolve=self._resolve
                )
                return await _try_each(addresses, url.host, send)
        except TimeoutError:
            message = f"{url.host} gave no full answer within {self._timeout:g} s"
            raise OutboundError(message, retryable=True) from None

    def _request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        *,
        content: bytes = b"",
        silence: float | None = None,
    ) -> httpx.Request:
        parsed = check_url(url, allow_http=self._allow_http)
        seconds = self._timeout
        timeout = httpx.Timeout(
            seconds, connect=min(_CONNECT_SECONDS, seconds), read=silence or seconds
        )
        return httpx.Request(
            method,
            parsed,
            headers={"Accept-Encoding": "identity", **headers},
            content=content,
            extensions={
                "sni_hostname": parsed.raw_host.decode("ascii"),
                "timeout": timeout.as_dict(),
            },
        )

    async def _send(self, address: str, request: httpx.Request) -> httpx.Response:
        # The Host header is in place by now; from here on the URL only says where to connect.
        request.url = request.url.copy_with(host=address)
        return await self._transport.handle_async_request(request)

    async def _read(self, response: httpx.Response) -> bytes:
        try:
            body = bytearray()
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) >= self._max_body:
                    break
        finally:
            await response.aclose()
        return bytes(body[: self._max_body])


async def _try_each(
    addresses: Sequence[str], host: str, send: Callable[[str], Awaitable[_T]]
) -> _T:
    failed = f"can't connect to {host}"
    for address in addresses:
        try:
            return await send(address)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            failed = f"can't connect to {host}: {error or type(error).__name__}"
        except httpx.TransportError as error:
            # Nothing but the name: what it says may hold bytes that the other side sent.
            message = f"{host} broke off: {type(error).__name__}"
            raise OutboundError(message, retryable=True) from None
    raise OutboundError(failed, retryable=True)


def retry_after(headers: httpx.Headers, now: datetime | None = None) -> float | None:
    """Seconds from the Retry-After header (RFC 9110, 10.2.3: a number or a date), if it has one."""
    value = headers.get("Retry-After")
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            until = parsedate_to_datetime(value)
        except ValueError:
            return None
        until = until.replace(tzinfo=until.tzinfo or UTC)
        seconds = (until - (now or datetime.now(UTC))).total_seconds()
    return max(seconds, 0.0) if isfinite(seconds) else None
