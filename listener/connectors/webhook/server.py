"""The HTTP server of an inbound webhook: each request read within bounds of time and size.

A request is answered 202 once all of it is safe in the engine, 4xx if it is not taken, and 503
with Retry-After if it may be, later. Answers are JSON.
"""

import asyncio
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import structlog
from aiohttp import web

from detectors.records import InvalidRecord, Rejection
from listener.connectors.webhook.body import CONTENT_TYPES, read_body, unpacked
from listener.connectors.webhook.fields import FieldMap
from listener.connectors.webhook.guards import (
    BearerGuard,
    Guard,
    HmacGuard,
    NoGuard,
    StandardWebhooksGuard,
    same_secret,
)
from listener.connectors.webhook.inbox import Inbox, Read
from listener.connectors.webhook.protocol import BoundedServer
from listener.connectors.webhook.refusal import RETRY_SECONDS, Refusal
from listener.connectors.webhook.settings import WebhookSettings
from listener.listening import listening

_BODY_SECONDS: Final = 10.0
_CLOSE_SECONDS: Final = 1.0
_SHOWN_ERRORS: Final = 20
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{1,200}")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Reading:
    """What a body held, and what of it is wrong where, as its sender knows the place."""

    items: list[Read] = field(default_factory=list)
    errors: list[dict[str, str]] = field(default_factory=list)


class WebhookServer:
    """Fills the inbox. `clock` gives the time at which a request came."""

    def __init__(
        self, settings: WebhookSettings, inbox: Inbox, clock: Callable[[], datetime]
    ) -> None:
        self._settings = settings
        self._inbox = inbox
        self._clock = clock
        self._guard = _guard_of(settings)
        self._fields = FieldMap(
            settings.map, settings.source, settings.kind, settings.kinds, html=settings.html
        )
        self.refused = 0  # until somebody takes note
        self._in_hand = 0
        self._runner: web.ServerRunner | None = None

    async def open(self) -> None:
        """Begin to listen, if it doesn't yet; raises `UsageError` if the port can't be had."""
        if self._runner is not None:
            return
        self._runner = await listening(
            web.ServerRunner(BoundedServer(self._handle), shutdown_timeout=_CLOSE_SECONDS),
            self._settings.host,
            self._settings.port,
            purpose="listen",
            mend="set its host and port in the configuration",
        )
        log.info(
            "waiting for pushed mentions",
            connector=self._settings.name,
            port=self._settings.port,
        )

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            return await self._answer(request)
        except Refusal as refusal:
            self.refused += 1
            log.info(
                "push refused",
                connector=self._settings.name,
                status=refusal.status,
                reason=refusal.logged,
            )
            told: dict[str, object] = {"error": str(refusal)}
            if refusal.errors:
                told["errors"] = refusal.errors[:_SHOWN_ERRORS]
            return web.json_response(told, status=refusal.status, headers=refusal.headers)
        except ConnectionError:
            raise  # the sender has gone
        except Exception:
            log.exception("push failed", connector=self._settings.name)
            return web.json_response({"error": "this should not have happened"}, status=500)

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        if request.path != self._settings.path:
            raise Refusal(404, "no such path")
        if request.method == "GET" and self._settings.verify_token:
            return self._handshake(request.query)
        if request.method != "POST":
            raise Refusal(405, "expected a POST", headers={"Allow": "POST"})
        if self._in_hand >= self._settings.max_waiting:
            raise Refusal(503, "too many requests are waiting")
        self._in_hand += 1
        try:
            return await self._take(request)
        finally:
            self._in_hand -= 1

    def _handshake(self, asked: Mapping[str, str]) -> web.Response:
        """Meta asks once whether the endpoint is ours."""
        token, challenge = asked.get("hub.verify_token", ""), asked.get("hub.challenge", "")
        if asked.get("hub.mode") != "subscribe" or not _CHALLENGE.fullmatch(challenge):
            raise Refusal(400, "expected hub.mode=subscribe and hub.challenge")
        if not same_secret(token, self._settings.verify_token.reveal()):
            raise Refusal(403, "hub.verify_token: not the one that was agreed on")
        return web.Response(text=challenge)

    async def _take(self, request: web.BaseRequest) -> web.Response:
        now = self._clock()
        self._guard.check_headers(request.headers, now)
        content_type, encoding = _declared(request)
        body = await self._body(request)
        self._guard.check_body(request.headers, body)
        name = uuid.uuid4().hex
        # In a thread: a large body would hold up everything else.
        reading = await asyncio.to_thread(self._read, body, content_type, encoding, name, now)
        await self._until_safe(reading.items)
        self._guard.accepted(request.headers, self._clock())
        answer: dict[str, object] = {
            "request": name,
            "accepted": len(reading.items) - len(reading.errors),
            "rejected": len(reading.errors),
        }
        if reading.errors:
            answer["errors"] = reading.errors[:_SHOWN_ERRORS]
        return web.json_response(answer, status=202)

    async def _body(self, request: web.BaseRequest) -> bytes:
        limit = self._settings.max_body
        too_large = Refusal(413, f"body: more than {limit} bytes")
        if (request.content_length or 0) > limit:
            raise too_large
        body = bytearray()
        try:
            async with asyncio.timeout(_BODY_SECONDS):
                async for chunk in request.content.iter_any():
                    body += chunk
                    if len(body) > limit:
                        raise too_large
        except TimeoutError:
            raise Refusal(408, f"body: not all there within {_BODY_SECONDS:g} s") from None
        except web.RequestPayloadError:
            raise Refusal(400, "body: broken off, or broken chunks") from None
        return bytes(body)

    def _read(
        self, body: bytes, content_type: str, encoding: str, name: str, now: datetime
    ) -> _Reading:
        """Where nothing at all can be read, the sender is told so and nothing is kept."""
        plain = unpacked(body, encoding, self._settings.max_body)
        reading = _Reading()
        for item in read_body(plain, content_type, self._settings.items):
            try:
                reading.items.append(self._fields.read(item, now))
            except InvalidRecord as error:
                where = f"{self._settings.name}: request {name}: {item.where}"
                reading.items.append(Rejection.of(error, item.data, where))
                reading.errors.append(
                    {"where": item.where, "code": error.code, "reason": str(error)}
                )
        if reading.errors and len(reading.errors) == len(reading.items):
            first = reading.errors[0]
            told = f"no mention can be read: {first['where']}: {first['reason']}"
            raise Refusal(400, told, errors=reading.errors)
        return reading

    async def _until_safe(self, items: list[Read]) -> None:
        if not items:
            return
        delivery = self._inbox.put(items)
        try:
            async with asyncio.timeout(self._settings.timeout):
                safe = await delivery.safe
        except TimeoutError:
            safe = False
        finally:
            self._inbox.withdraw(delivery)
        if not safe:
            raise Refusal(503, f"not safe yet; send it again in {RETRY_SECONDS} s")


def _guard_of(settings: WebhookSettings) -> Guard:
    secret = settings.secret.reveal()
    match settings.auth:
        case "bearer":
            return BearerGuard(secret)
        case "standard-webhooks":
            return StandardWebhooksGuard(secret, settings.tolerance)
        case "hmac":
            return HmacGuard(secret, settings.header, settings.digest)
        case "none":
            return NoGuard()


def _declared(request: web.BaseRequest) -> tuple[str, str]:
    """The type of the body, and its encoding if it has one."""
    known = request.content_type
    if "Content-Type" not in request.headers or known not in CONTENT_TYPES:
        raise Refusal(415, f"Content-Type: expected one of {', '.join(CONTENT_TYPES)}")
    if (request.charset or "utf-8").lower() not in {"utf-8", "utf8", "us-ascii"}:
        raise Refusal(415, "Content-Type: expected UTF-8")
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in {"identity", "gzip", "x-gzip"}:
        raise Refusal(415, "Content-Encoding: expected gzip, or none")
    return known, "" if encoding == "identity" else "gzip"
