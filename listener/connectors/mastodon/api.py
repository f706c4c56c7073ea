"""What the connector asks of an instance: where it streams, pages of a timeline, the stream.

The token goes to the instance and to the host where that says it streams, and to nobody else: no
redirect is followed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import httpx

from detectors.records import InvalidRecord, loads
from detectors.records.codec import is_object
from detectors.records.times import parse_time
from listener.connectors.connector import RetryLater
from listener.connectors.http import SourceError
from listener.connectors.mastodon.events import EventStream
from listener.connectors.mastodon.settings import MastodonSettings
from sinks.net import Outbound, retry_after

PAGE: Final = 40
_MAX_BODY: Final = 10_000_000
# A heartbeat comes every 15 s.
_SILENCE: Final = 60.0
_BUSY: Final = frozenset({429, 503})


@dataclass(frozen=True, slots=True)
class Instance:
    """`domain` is what stands behind its people's names; `streaming` begins its streams' URLs."""

    domain: str
    streaming: httpx.URL


@dataclass(frozen=True, slots=True)
class Page:
    """`wait`: in how many seconds the instance wants to be asked again."""

    statuses: Sequence[object]
    wait: float


class Api:
    """One user's access to one instance.

    Everything raises `RetryLater`, `SourceError` or `sinks.net.OutboundError`.
    """

    def __init__(self, settings: MastodonSettings) -> None:
        self._settings = settings
        self._url = httpx.URL(settings.url)
        self._outbound = Outbound(
            allow_http=settings.allow_http,
            allow_private=settings.allow_private,
            timeout=settings.timeout,
            max_body=_MAX_BODY + 1,
        )

    @property
    def host(self) -> str:
        """With the port, where it is not the usual one."""
        return self._url.netloc.decode("ascii").lower()

    async def instance(self, now: datetime) -> Instance:
        """As of Mastodon 4.0, else as before."""
        try:
            told, _ = await self._get("/api/v2/instance", {}, now)
        except _NotThere:
            told, _ = await self._get("/api/v1/instance", {}, now)
        if not is_object(told):
            raise SourceError(f"{self._url.host} says nothing of itself that can be read")
        inner = told.get("configuration")
        urls = inner.get("urls") if is_object(inner) and "domain" in told else told.get("urls")
        named = (urls.get("streaming") or urls.get("streaming_api")) if is_object(urls) else None
        domain = told.get("domain") or told.get("uri")
        return Instance(
            domain if isinstance(domain, str) else self._url.host,
            self._streaming(named) if isinstance(named, str) else self._url,
        )

    async def page(self, behind: int, now: datetime) -> Page:
        """The statuses next after an id, in whatever order."""
        settings = self._settings
        path, asked = "/api/v1/timelines/public", {"limit": str(PAGE), "min_id": str(behind)}
        if settings.stream == "public/local":
            asked["local"] = "true"
        if settings.stream == "hashtag":
            path = f"/api/v1/timelines/tag/{settings.hashtag}"
        told, wait = await self._get(path, asked, now)
        if not isinstance(told, list):
            raise SourceError(f"{self._url.host} answered with something else than a timeline")
        return Page(told, wait)

    async def stream(self, instance: Instance, now: datetime) -> EventStream:
        """Opens the stream, which the caller closes."""
        settings = self._settings
        url = instance.streaming.copy_with(path=f"/api/v1/streaming/{settings.stream}", query=None)
        if settings.stream == "hashtag":
            url = url.copy_merge_params({"tag": settings.hashtag})
        headers = {**self._headers(), "Accept": "text/event-stream", "Cache-Control": "no-store"}
        try:
            response = await self._outbound.open(str(url), headers=headers, silence=_SILENCE)
        except ValueError as error:
            raise SourceError(f"the instance streams at an unfit address: {error}") from None
        try:
            _judge(url.host, response.status_code, response.headers, now)
            _require_events(url.host, response.headers)
        except BaseException:
            await response.aclose()
            raise
        return EventStream(response, url.host)

    async def aclose(self) -> None:
        await self._outbound.aclose()

    async def _get(
        self, path: str, asked: Mapping[str, str], now: datetime
    ) -> tuple[object, float]:
        """The JSON, and how long to wait where the quota is used up."""
        url = self._url.copy_with(path=path).copy_merge_params(asked)
        host = url.host
        headers = {**self._headers(), "Accept": "application/json"}
        answer = await self._outbound.request("GET", str(url), headers=headers)
        _judge(host, answer.status, answer.headers, now)
        if len(answer.body) > _MAX_BODY:
            raise SourceError(f"{host} answered with more than {_MAX_BODY} bytes")
        try:
            told = loads(answer.body)
        except InvalidRecord:
            raise SourceError(f"{host} answered with something else than JSON") from None
        is_spent = answer.headers.get("X-RateLimit-Remaining") == "0"
        return told, (_until_reset(answer.headers, now) or 0.0) if is_spent else 0.0

    def _headers(self) -> dict[str, str]:
        return {
            "User-Agent": "listener",
            "Authorization": f"Bearer {self._settings.token.reveal()}",
        }

    def _streaming(self, named: str) -> httpx.URL:
        """From the address for WebSockets, which is the only one that an instance tells."""
        try:
            url = httpx.URL(named)
        except httpx.InvalidURL:
            raise SourceError(f"{self._url.host} streams at what is no URL") from None
        plain = url.scheme in {"ws", "http"}
        return url.copy_with(scheme="http" if plain else "https")


class _NotThere(SourceError):
    """Status 404."""


def _judge(host: str, status: int, headers: httpx.Headers, now: datetime) -> None:
    if status == httpx.codes.OK:
        return
    pause = retry_after(headers, now)
    if pause is None:
        pause = _until_reset(headers, now)
    if status in _BUSY and pause is not None:
        raise RetryLater(f"{host} answered {status}", pause)
    if status == httpx.codes.NOT_FOUND:
        raise _NotThere(f"{host} answered 404; is it a Mastodon instance?")
    if status in {401, 403, 422}:
        raise SourceError(
            f"{host} refuses the token ({status}): it has to be of a user of this instance, with "
            "the scope read:statuses, and the instance has to show this timeline to its users"
        )
    if 300 <= status < 400:
        raise SourceError(f"{host} redirects ({status}), which is not followed: check the url")
    raise SourceError(f"{host} answered {status}")


def _require_events(host: str, headers: httpx.Headers) -> None:
    if not headers.get("Content-Type", "").lower().startswith("text/event-stream"):
        raise SourceError(f"{host} answered with something else than events")
    if headers.get("Content-Encoding", "identity").lower() != "identity":
        raise SourceError(f"{host} answered in an encoding that was not asked for")


def _until_reset(headers: httpx.Headers, now: datetime) -> float | None:
    """Seconds to X-RateLimit-Reset, a date with time."""
    try:
        reset = parse_time(headers.get("X-RateLimit-Reset"))
    except ValueError:
        return None
    return max((reset - now).total_seconds(), 0.0)
