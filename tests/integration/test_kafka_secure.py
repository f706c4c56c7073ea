"""The Kafka engine on a cluster that asks who is there: TLS, passwords, certificates and ACLs.

A real broker with a certificate authority of the test's own. The ACLs are those of
docs/security.md, read from there: what the page tells an operator is enough, and nothing more is.
"""

import shlex
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest
import trustme
from cryptography.hazmat.primitives import serialization
from kafka import KafkaAdminClient
from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ResourcePattern,
    ResourceType,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from listener.engines.kafka.log_end import LogEnd
from sinks import Secret
from sinks.brokers import BrokerAccess, Brokers
from tests.faults.recording import BRAND, make_recording
from tests.faults.system import SECONDS, System
from tests.faults.topics import put
from tests.kafka.server import KafkaServer

SECURITY: Final = Path(__file__).parents[2] / "docs" / "security.md"
USER: Final = "listener"
PASSWORD: Final = "correct horse"


class Cluster:
    """A broker that listens for passwords (`SECURE`) and for certificates (`MUTUAL`)."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        self.ca = folder / "ca.pem"
        authority.cert_pem.write_to_path(str(self.ca))
        self.certificate, self.key = folder / "client.pem", folder / "client.key"
        client = authority.issue_cert("client.example", common_name=USER)
        client.cert_chain_pems[0].write_to_path(str(self.certificate))
        client.private_key_pem.write_to_path(str(self.key))
        store = folder / "broker.pem"
        own = authority.issue_cert("127.0.0.1")
        store.write_bytes(_pkcs8(own.private_key_pem.bytes()) + own.cert_chain_pems[0].bytes())
        stores = {
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(store),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self.ca),
        }
        self.server = KafkaServer(
            {
                **stores,
                "listener.name.secure.sasl.enabled.mechanisms": "SCRAM-SHA-512",
                "listener.name.secure.scram-sha-512.sasl.jaas.config": (
                    "org.apache.kafka.common.security.scram.ScramLoginModule required;"
                ),
                "listener.name.mutual.ssl.client.auth": "required",
                "listener.name.mutual.ssl.principal.mapping.rules": "RULE:^.*CN=([^,]*).*$/$1/",
                "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                "super.users": "User:ANONYMOUS",
            },
            {"SECURE": "SASL_SSL", "MUTUAL": "SSL"},
        )

    def admit(self) -> None:
        """Give the user a password, and the rights that the documentation asks for."""
        admin = KafkaAdminClient(bootstrap_servers=self.server.bootstrap)
        try:
            admin.alter_user_scram_credentials(
                [UserScramCredentialUpsertion(USER, ScramMechanism.SCRAM_SHA_512, PASSWORD)]
            )
            admin.create_acls(list(documented_acls()))
        finally:
            admin.close()

    @property
    def password(self) -> dict[str, object]:
        return {"tls": True, "ca": str(self.ca), "username": USER, "password": PASSWORD}

    @property
    def own_certificate(self) -> dict[str, object]:
        files = {"ca": self.ca, "certificate": self.certificate, "key": self.key}
        return {"tls": True, **{name: str(path) for name, path in files.items()}}


def documented_acls() -> Iterator[ACL]:
    """What the commands in the documentation grant."""
    lines = SECURITY.read_text("utf-8").replace("\\\n", " ").splitlines()
    for line in lines:
        if line.startswith("kafka-acls.sh"):
            yield from _acls(shlex.split(line))


def _acls(words: list[str]) -> Iterator[ACL]:
    pattern = ACLResourcePatternType.LITERAL
    resource = None
    operations = []
    for option, value in pairwise(words):
        match option:
            case "--operation":
                operations.append(ACLOperation[_screaming(value)])
            case "--topic" | "--group":
                resource = ResourceType[option.removeprefix("--").upper()], value
            case "--resource-pattern-type":
                pattern = ACLResourcePatternType[value.upper()]
    assert resource is not None
    assert operations
    for operation in operations:
        yield ACL(
            principal=f"User:{USER}",
            host="*",
            operation=operation,
            permission_type=ACLPermissionType.ALLOW,
            resource_pattern=ResourcePattern(*resource, pattern_type=pattern),
        )


def _screaming(operation: str) -> str:
    return "".join(f"_{letter}" if letter.isupper() else letter for letter in operation)[1:].upper()


def _pkcs8(key: bytes) -> bytes:
    """The form of a private key that Kafka reads."""
    return serialization.load_pem_private_key(key, None).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, kafka_java: list[str]) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path_factory.mktemp("secure"))
    with cluster.server:
        cluster.admit()
        yield cluster


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "recording.jsonl"
    make_recording(path, seed=6, mentions=120)
    return path


def test_the_documented_rights_and_a_password_over_tls_are_enough(
    cluster: Cluster, tmp_path: Path, recording: Path
) -> None:
    address = cluster.server.address_of("SECURE")
    system = System(tmp_path, recording, BRAND, bootstrap=address, access=cluster.password)
    system.run()
    (alone := tmp_path / "alone").mkdir()
    embedded = System(alone, recording, BRAND)
    embedded.run()
    assert system.delivered() == embedded.delivered() != []


def test_a_certificate_of_ones_own_is_enough_where_brokers_ask_for_it(
    cluster: Cluster, tmp_path: Path, recording: Path
) -> None:
    address = cluster.server.address_of("MUTUAL")
    system = System(tmp_path, recording, BRAND, bootstrap=address, access=cluster.own_certificate)
    with system.start("topics") as topics:
        topics.finish()


async def test_the_scout_gets_in_as_the_worker_does(
    cluster: Cluster, tmp_path: Path, recording: Path
) -> None:
    """It is another client than the others, and is told who it is in its own way."""
    secure, mutual = cluster.server.address_of("SECURE"), cluster.server.address_of("MUTUAL")
    system = System(tmp_path, recording, BRAND, bootstrap=secure, access=cluster.password)
    with system.start("topics") as topics:
        topics.finish()
    put(cluster.server.bootstrap, "mentions", 1, b"seen by the scout")
    password = BrokerAccess(tls=True, ca=cluster.ca, username=USER, password=Secret(PASSWORD))
    certificate = BrokerAccess(
        tls=True, ca=cluster.ca, certificate=cluster.certificate, key=cluster.key
    )
    for address, access in ((secure, password), (mutual, certificate)):
        end = await LogEnd.open(Brokers.parse(address, access), "mentions")
        (behind,) = (await end.ends([0])).values()
        assert await end.first_since([0], datetime(2020, 1, 1, tzinfo=UTC)) != {}
        (last,) = await end.read(0, behind - 1, 10)
        assert (last.offset, last.value) == (behind - 1, b"seen by the scout")
        await end.close()


STRANGERS: Final[dict[str, tuple[str, dict[str, object]]]] = {
    "wrong-password": ("SECURE", {"password": "wrong horse"}),
    "no-password": ("SECURE", {"username": "", "password": ""}),
    "unknown-authority": ("SECURE", {"ca": None}),
    "no-certificate": ("MUTUAL", {"username": "", "password": ""}),
}


def test_who_is_not_admitted_is_told_at_start(
    cluster: Cluster, tmp_path: Path, recording: Path
) -> None:
    with ExitStack() as running:
        said = {}
        for name, (listener, changes) in STRANGERS.items():
            (tmp_path / name).mkdir()
            system = System(
                tmp_path / name,
                recording,
                BRAND,
                bootstrap=cluster.server.address_of(listener),
                access=cluster.password | changes,
            )
            said[name] = running.enter_context(system.start("topics"))
        for topics in said.values():
            assert topics.wait(SECONDS) == 2, topics.log
            assert "can't be reached" in topics.log
            assert PASSWORD not in topics.log
            assert "Traceback" not in topics.log


def test_beyond_the_documented_rights_nothing_is_allowed(
    cluster: Cluster, tmp_path: Path, recording: Path
) -> None:
    address = cluster.server.address_of("SECURE")
    system = System(
        tmp_path, recording, BRAND, bootstrap=address, prefix="else.", access=cluster.password
    )
    with system.start("topics") as topics:
        assert topics.wait(SECONDS) == 2, topics.log
        assert "AUTHORIZATION" in topics.log.upper()
