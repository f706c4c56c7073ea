"""Fetching a document from a source, under the guard of `sinks.net`.

Feeds move often, so redirects are followed, `_HOPS` at most; each is checked like the first
address, so that none leads to a private one or from https to http.
"""

import zlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

import httpx

from listener.connectors.connector import RetryLater
from sinks.net import Answer, Outbound, retry_after

_HOPS: Final = 3
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_BUSY: Final = frozenset({429, 503})
_GZIP_OR_ZLIB: Final = 47  # "window bits" that find out which of the two it is


class SourceError(Exception):
    """A source that gave nothing of use. The text names the host at most, nothing else of it."""


class Documents:
    """Gets whole documents of at most `max_body` bytes."""

    def __init__(
        self, *, max_body: int, allow_http: bool, allow_private: bool, timeout: float
    ) -> None:
        self._max_body = max_body
        self._outbound = Outbound(
            allow_http=allow_http,
            allow_private=allow_private,
            timeout=timeout,
            max_body=max_body + 1,
        )

    async def get(self, url: str, headers: Mapping[str, str], now: datetime) -> Answer:
        """An answer of status 200 or 304.

        Raises `RetryLater`, `SourceError` or `sinks.net.OutboundError`.
        """
        for _ in range(_HOPS + 1):
            host = httpx.URL(url).host
            try:
                answer = await self._outbound.request(
                    "GET", url, headers={"User-Agent": "listener", **headers}
                )
            except ValueError as error:
                raise SourceError(f"redirected to where it may not lead: {error}") from None
            location = answer.headers.get("Location")
            if answer.status not in _REDIRECTS or location is None:
                return self._judged(answer, host, now)
            try:
                url = str(httpx.URL(url).join(location))
            except (httpx.InvalidURL, ValueError):
                raise SourceError(f"{host} redirects to what is no URL") from None
        raise SourceError(f"{host} redirects more than {_HOPS} times; give the last address")

    async def aclose(self) -> None:
        await self._outbound.aclose()

    def _judged(self, answer: Answer, host: str, now: datetime) -> Answer:
        pause = retry_after(answer.headers, now)
        if answer.status in _BUSY and pause is not None:
            raise RetryLater(f"{host} answered {answer.status}", pause)
        if answer.status not in {200, 304}:
            raise SourceError(f"{host} answered {answer.status}")
        body = self._plain(answer, host)
        if len(body) > self._max_body:
            raise SourceError(f"{host} answered with more than {self._max_body} bytes")
        return replace(answer, body=body)

    def _plain(self, answer: Answer, host: str) -> bytes:
        """The body as it is; some servers compress although they were asked not to."""
        encoding = answer.headers.get("Content-Encoding", "identity").lower()
        if encoding == "identity" or len(answer.body) > self._max_body:
            return answer.body
        if encoding not in {"gzip", "x-gzip", "deflate"}:
            raise SourceError(f"{host} answered in an encoding that was not asked for")
        try:
            unpack = zlib.decompressobj(_GZIP_OR_ZLIB)
            return unpack.decompress(answer.body, self._max_body + 1)
        except zlib.error:
            raise SourceError(f"{host} answered with broken compression") from None
