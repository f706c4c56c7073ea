"""Asking an API for JSON, under the guard of `sinks.net`.

Keys travel in headers, never in the address, so that no log of addresses can hold one.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import httpx

from detectors.records import InvalidRecord, loads
from detectors.records.codec import is_object
from detectors.text import one_line
from listener.connectors.http import SourceError
from sinks.net import Answer, Outbound, retry_after

_MAX_BODY: Final = 10_000_000
_MAX_DETAIL: Final = 200


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """What an API answered: an object, empty where the answer is none.

    `wait` is in how many seconds it wants to be asked again, where it says so.
    """

    status: int
    record: Mapping[str, object]
    wait: float | None

    def refused(self, host: str, detail: object = None) -> SourceError:
        """An error that says what the source has against the request."""
        said = f": {one_line(detail, _MAX_DETAIL)}" if isinstance(detail, str) else ""
        if self.status in {401, 403}:
            return SourceError(f"{host} refuses the key ({self.status}){said}")
        return SourceError(f"{host} answered {self.status}{said}")


class Api:
    """A client for one source's API."""

    def __init__(
        self,
        url: str,
        headers: Mapping[str, str],
        *,
        allow_http: bool,
        allow_private: bool,
        timeout: float,
    ) -> None:
        self._url = httpx.URL(url)
        self._headers = {"Accept": "application/json", "User-Agent": "listener", **headers}
        self._outbound = Outbound(
            allow_http=allow_http,
            allow_private=allow_private,
            timeout=timeout,
            max_body=_MAX_BODY + 1,
        )

    @property
    def host(self) -> str:
        return self._url.host

    async def get(self, parameters: Mapping[str, str], now: datetime) -> ApiAnswer:
        """Raises `SourceError` where the answer is no JSON, or `sinks.net.OutboundError`."""
        url = str(self._url.copy_merge_params(parameters))
        answer = await self._outbound.request("GET", url, headers=self._headers)
        if len(answer.body) > _MAX_BODY:
            raise SourceError(f"{self.host} answered with more than {_MAX_BODY} bytes")
        try:
            record = loads(answer.body)
        except InvalidRecord:
            record = None
        if not is_object(record):
            if answer.status == httpx.codes.OK:
                raise SourceError(f"{self.host} answered with something else than JSON")
            record = {}
        return ApiAnswer(answer.status, record, _wait(answer, now))

    async def aclose(self) -> None:
        await self._outbound.aclose()


def _wait(answer: Answer, now: datetime) -> float | None:
    """From Retry-After or, as X tells it, the Unix time at which the limit is lifted."""
    asked = retry_after(answer.headers, now)
    if asked is not None:
        return asked
    try:
        reset = float(answer.headers.get("x-rate-limit-reset", ""))
    except ValueError:
        return None
    return max(reset - now.timestamp(), 0.0) if math.isfinite(reset) else None
