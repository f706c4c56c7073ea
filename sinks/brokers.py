"""Kafka brokers: where they are, and how a client proves who it is.

TLS alone, TLS with a certificate of one's own (mutual TLS), or a user name and password (SASL)
over TLS. The system's authorities are trusted where no `ca` is given.
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from sinks.secret import Secret

SCHEME: Final = "kafka://"
_NO_PASSWORD: Final = Secret("")
Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


@dataclass(frozen=True, slots=True)
class BrokerAccess:
    """`ca`, `certificate` and `key` are PEM files; `mechanism` counts where there is a user."""

    tls: bool = False
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    username: str = ""
    password: Secret = _NO_PASSWORD
    mechanism: Mechanism = "SCRAM-SHA-512"

    def __post_init__(self) -> None:
        if not self.tls and (self.ca or self.certificate or self.key):
            raise ValueError("ca, certificate and key need tls: true")
        if self.key and not self.certificate:
            raise ValueError("key: expected the certificate that belongs to it as well")
        if bool(self.username) != bool(self.password):
            raise ValueError("expected both username and password, or none")
        if self.username and self.mechanism == "PLAIN" and not self.tls:
            raise ValueError("PLAIN would send the password in the clear: set tls: true")
        for name in ("ca", "certificate", "key"):
            path = getattr(self, name)
            if path is not None and not path.is_file():
                raise ValueError(f"{name}: {path} is no file")
        try:
            self.tls_context()
        except (ssl.SSLError, OSError) as error:
            raise ValueError(f"ca, certificate or key: {error}") from None

    @property
    def protocol(self) -> str:
        """As Kafka's clients call it: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL."""
        return ("SASL_" if self.username else "") + ("SSL" if self.tls else "PLAINTEXT")

    def tls_context(self) -> ssl.SSLContext | None:
        """Checks the brokers' certificates and names; `None` without TLS."""
        if not self.tls:
            return None
        context = ssl.create_default_context(cafile=self.ca)
        if self.certificate is not None:
            context.load_cert_chain(self.certificate, self.key)
        return context


OPEN: Final = BrokerAccess()
"""A broker that asks for nothing."""


@dataclass(frozen=True, slots=True)
class Brokers:
    """One cluster, by some of its brokers as ``host:port``."""

    servers: tuple[str, ...]
    access: BrokerAccess = OPEN

    @classmethod
    def parse(cls, address: str, access: BrokerAccess = OPEN) -> "Brokers":
        """Read ``kafka://a:9092,b:9092``, with or without the scheme."""
        parts = [part.strip().removeprefix(SCHEME) for part in address.split(",")]
        return cls(tuple(part for part in parts if part), access)

    def __str__(self) -> str:
        return SCHEME + ",".join(self.servers)

    def client_options(self) -> Mapping[str, object]:
        """What every client of kafka-python is told."""
        options: dict[str, object] = {
            "bootstrap_servers": list(self.servers),
            "security_protocol": self.access.protocol,
        }
        if self.access.tls:
            options["ssl_context"] = self.access.tls_context()
        if self.access.username:
            options |= {
                "sasl_mechanism": self.access.mechanism,
                "sasl_plain_username": self.access.username,
                "sasl_plain_password": self.access.password.reveal(),
            }
        return options
