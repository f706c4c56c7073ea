"""Who may send: a bearer token, a Standard Webhooks signature, or an HMAC of the body.

What can be told from the headers alone is refused before the body is read. Everything secret is
compared in constant time.

Standard Webhooks: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec. The HMAC
is that of GitHub and Meta: `sha256=` and the body's digest in hexadecimal digits; Meltwater's is
the same with `sha1=`. Which of the two it is, is ours to say, not the sender's.
"""

import base64
import hashlib
import hmac
import re
from collections import OrderedDict
from datetime import datetime
from typing import Final, Literal, Protocol

from listener.connectors.webhook.refusal import Refusal

Digest = Literal["sha256", "sha1"]

_REMEMBERED: Final = 10_000
_MAX_ID: Final = 256
_SHORTEST_KEY: Final = 16
_SIGNED: Final = ("webhook-id", "webhook-timestamp", "webhook-signature")


class Headers(Protocol):
    """A request's headers, whatever the case of their names."""

    def getall(self, key: str, default: list[str], /) -> list[str]: ...


class Guard(Protocol):
    """Lets a request through, or raises `Refusal`."""

    def check_headers(self, headers: Headers, now: datetime) -> None:
        """Before the body is read."""
        ...

    def check_body(self, headers: Headers, body: bytes) -> None:
        """With the body as it came over the wire, still packed."""
        ...

    def accepted(self, headers: Headers, now: datetime) -> None:
        """The request is safe: the very same one need not come again."""
        ...


class NoGuard:
    """Lets everything on this machine in, except what a page in its browser sends."""

    def check_headers(self, headers: Headers, now: datetime) -> None:
        del now
        if headers.getall("Origin", []):
            raise Refusal(403, "Origin: requests from web pages are not taken")

    def check_body(self, headers: Headers, body: bytes) -> None: ...

    def accepted(self, headers: Headers, now: datetime) -> None: ...


class BearerGuard:
    """`Authorization: Bearer TOKEN`."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()

    def check_headers(self, headers: Headers, now: datetime) -> None:
        del now
        scheme, _, token = _only(headers, "Authorization", "Bearer").partition(" ")
        if scheme.lower() != "bearer" or not _same(token.strip(), self._token):
            raise _unauthorised("Authorization: not the bearer token that was agreed on", "Bearer")

    def check_body(self, headers: Headers, body: bytes) -> None: ...

    def accepted(self, headers: Headers, now: datetime) -> None: ...


class HmacGuard:
    """`sha256=` and the HMAC of the body. It bears no time: a replay is told by its mentions."""

    def __init__(self, secret: str, header: str, digest: Digest) -> None:
        self._secret = secret.encode()
        self._header = header
        self._digest = digest
        self._length = 2 * hashlib.new(digest).digest_size

    def check_headers(self, headers: Headers, now: datetime) -> None:
        del now
        given = _only(headers, self._header, "HMAC")
        if not re.fullmatch(rf"{self._digest}=[0-9A-Fa-f]{{{self._length}}}", given):
            expected = f"expected {self._digest}= and {self._length} hex digits"
            raise _unauthorised(f"{self._header}: {expected}", "HMAC")

    def check_body(self, headers: Headers, body: bytes) -> None:
        given = _only(headers, self._header, "HMAC").lower()
        signature = hmac.digest(self._secret, body, self._digest).hex()
        if not _same(given, f"{self._digest}={signature}".encode()):
            raise _unauthorised(f"{self._header}: not the signature of this body", "HMAC")

    def accepted(self, headers: Headers, now: datetime) -> None: ...


class StandardWebhooksGuard:
    """`webhook-id`, `webhook-timestamp` and `webhook-signature` with a `v1` signature.

    A sender that tries again signs the same id with a new time and is let in (its mentions count
    once all the same); the very same request is refused once it has been accepted.
    """

    def __init__(self, secret: str, tolerance: float) -> None:
        self._key = signing_key(secret)
        self._tolerance = tolerance
        self._known: OrderedDict[tuple[str, int], float] = OrderedDict()

    def check_headers(self, headers: Headers, now: datetime) -> None:
        if not 0 < len(_only(headers, "webhook-id", "Signature")) <= _MAX_ID:
            raise _unauthorised(f"webhook-id: expected 1 to {_MAX_ID} characters", "Signature")
        _only(headers, "webhook-signature", "Signature")
        if abs(now.timestamp() - self._time(headers)) > self._tolerance:
            message = f"webhook-timestamp: more than {self._tolerance:g} s from now"
            raise _unauthorised(message, "Signature")

    def check_body(self, headers: Headers, body: bytes) -> None:
        name, when, signatures = (_only(headers, name, "Signature") for name in _SIGNED)
        signed = b".".join((_raw(name), _raw(when), body))
        expected = base64.b64encode(hmac.digest(self._key, signed, "sha256"))
        given = [part.partition(",") for part in signatures.split(" ")]
        if not any(version == "v1" and _same(text, expected) for version, _, text in given):
            message = "webhook-signature: none of them is this request's v1 signature"
            raise _unauthorised(message, "Signature")
        if (name, self._time(headers)) in self._known:
            raise Refusal(409, "webhook-id: this very request has been accepted before")

    def accepted(self, headers: Headers, now: datetime) -> None:
        name = _only(headers, "webhook-id", "Signature")
        self._known[name, self._time(headers)] = now.timestamp()
        # Beyond the window its time alone gives a replay away.
        oldest = now.timestamp() - 2 * self._tolerance
        while len(self._known) > _REMEMBERED or next(iter(self._known.values())) < oldest:
            self._known.popitem(last=False)

    def _time(self, headers: Headers) -> int:
        text = _only(headers, "webhook-timestamp", "Signature")
        if not re.fullmatch(r"[0-9]{1,11}", text):
            raise _unauthorised("webhook-timestamp: expected Unix seconds", "Signature")
        return int(text)


def signing_key(secret: str) -> bytes:
    """The bytes of a Standard Webhooks secret; raises ValueError that quotes nothing of it."""
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except ValueError:
        key = b""
    if len(key) < _SHORTEST_KEY:
        raise ValueError(
            f"secret: expected whsec_ and at least {_SHORTEST_KEY} bytes in base64, as the sender "
            "shows it"
        )
    return key


def same_secret(given: str, secret: str) -> bool:
    """Compares in constant time."""
    return _same(given, secret.encode())


def _only(headers: Headers, name: str, scheme: str) -> str:
    """The header, which is there once."""
    values = headers.getall(name, [])
    if len(values) != 1:
        raise _unauthorised(f"{name}: {'there twice' if values else 'missing'}", scheme)
    return values[0]


def _same(given: str, expected: bytes) -> bool:
    return hmac.compare_digest(_raw(given), expected)


def _raw(header: str) -> bytes:
    """The header's bytes, valid UTF-8 or not: the server decodes them with surrogates."""
    return header.encode("utf-8", errors="surrogateescape")


def _unauthorised(reason: str, scheme: str) -> Refusal:
    return Refusal(401, reason, headers={"WWW-Authenticate": scheme})
