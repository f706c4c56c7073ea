"""What a broker for tests is told: small, quick, and on loopback."""

import random
import socket
from typing import Final

CLUSTER: Final = "bGlzdGVuZXItdGVzdHMtMQ"
"""Any 16 bytes in unpadded base64."""

START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 20.0

# Below the range from which systems take ports for outgoing connections, so that a port
# stays free while its broker is down.
_PORTS: Final = range(20_000, 32_000)

_SETTINGS: Final = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "inter.broker.listener.name": "CLIENT",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "auto.create.topics.enable": "false",
    # One node holds one copy of everything.
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    # Tests should not wait for what protects a large cluster.
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    "broker.session.timeout.ms": "2000",
    "broker.heartbeat.interval.ms": "500",
    # Small files and buffers.
    "log.cleaner.dedupe.buffer.size": "16777216",
    "log.index.size.max.bytes": "1048576",
}


def properties(bind: str, client: int, controller: int) -> dict[str, str]:
    """The properties of a node that binds `bind`:`client`; its clients reach it on loopback."""
    return {
        **_SETTINGS,
        "listeners": f"CLIENT://{bind}:{client},CONTROLLER://127.0.0.1:{controller}",
        "advertised.listeners": f"CLIENT://127.0.0.1:{client}",
        "controller.quorum.voters": f"1@127.0.0.1:{controller}",
    }


def free_ports(count: int) -> list[int]:
    """Different loopback ports that nobody listens on at this moment."""
    found: list[int] = []
    while len(found) < count:
        port = random.choice(_PORTS)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in found:
            found.append(port)
    return found
