"""What an operator sets for an inbound webhook."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from detectors.records import Kind
from listener.connectors.webhook.fields import FieldMap
from listener.connectors.webhook.guards import Digest, signing_key
from sinks.secret import Secret

Auth = Literal["bearer", "standard-webhooks", "hmac", "none"]

_SHORTEST_SECRET: Final = 16
_MAX_BODY: Final = 64 * 1024 * 1024
_NOT_SET: Final = Secret("")


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """Where to listen, who may send, and where a mention's fields stand in what they send.

    `items` is the path to the list of mentions within a body, where it is wrapped in one; `map`
    names the path of a field within each, with dots between the keys. `kinds` tells what a mapped
    `kind` stands for, `source` and `kind` fill in where a mention names none. `html`: the texts
    hold markup.

    `header` and `digest` are those of an HMAC, `verify_token` is for its handshake; `tolerance`
    (Standard Webhooks) is by how many seconds a request's time may differ. `max_body` counts
    bytes, after unpacking too; `max_waiting` requests are in hand at a time; a sender is kept
    waiting for `timeout` seconds at most.
    """

    type: Literal["webhook"]
    name: str = "webhook"
    host: str = "127.0.0.1"
    port: int = 9109
    path: str = "/mentions"
    auth: Auth = "bearer"
    secret: Secret = _NOT_SET
    header: str = "X-Hub-Signature-256"
    digest: Digest = "sha256"
    verify_token: Secret = _NOT_SET
    tolerance: float = 300.0
    items: str = ""
    map: Mapping[str, str] = field(default_factory=dict)
    source: str = "webhook"
    kind: Kind = "other"
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    html: bool = False
    max_body: int = 1024 * 1024
    max_waiting: int = 64
    timeout: float = 25.0

    def __post_init__(self) -> None:
        if not 1 <= self.port <= 65535:
            raise ValueError("port: expected 1 to 65535")
        if not re.fullmatch(r"/[A-Za-z0-9._~/-]*", self.path):
            raise ValueError("path: expected a path such as /mentions, without ? and #")
        if self.items and not all(self.items.split(".")):
            raise ValueError("items: expected a path, such as data.mentions")
        self._check_auth()
        if not 1 <= self.tolerance <= 3600:
            raise ValueError("tolerance: expected 1 to 3600 seconds")
        if not 1024 <= self.max_body <= _MAX_BODY:
            raise ValueError(f"max_body: expected 1024 to {_MAX_BODY} bytes")
        if not 1 <= self.max_waiting <= 1000:
            raise ValueError("max_waiting: expected 1 to 1000 requests")
        if not 1 <= self.timeout <= 300:
            raise ValueError("timeout: expected 1 to 300 seconds")
        FieldMap(self.map, self.source, self.kind, self.kinds, html=self.html)

    def _check_auth(self) -> None:
        secret = self.secret.reveal()
        if self.auth == "none":
            if not is_loopback(self.host):
                raise ValueError(
                    f"auth: none is for a loopback address only, not for {self.host}: anybody "
                    "could make up a crisis; set a secret, or host: 127.0.0.1"
                )
        elif not secret:
            raise ValueError(
                "secret: missing; set one that the sender shares, or auth: none on loopback"
            )
        elif self.auth == "standard-webhooks":
            signing_key(secret)
        elif len(secret) < _SHORTEST_SECRET:
            raise ValueError(f"secret: expected at least {_SHORTEST_SECRET} characters")
        if not re.fullmatch(r"[A-Za-z0-9-]+", self.header):
            raise ValueError("header: expected the name of a header")
        if self.verify_token and self.auth != "hmac":
            raise ValueError("verify_token: belongs to auth: hmac")


def is_loopback(host: str) -> bool:
    """Whether nobody but this machine reaches it."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
