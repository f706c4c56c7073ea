"""Wait until a broker answers."""

import socket
import time
from collections.abc import Callable

from kafka import KafkaAdminClient
from kafka.errors import KafkaError


class BrokerSilent(Exception):
    """The broker ended, or did not answer in time."""


def await_broker(
    bootstrap: str, seconds: float, running: Callable[[], bool] = lambda: True
) -> None:
    """Return once the broker at `bootstrap` (`host:port`) has described its cluster.

    Raises `BrokerSilent` after `seconds`, or at once where `running` says that it has ended.
    A broker opens its port only when it is ready, so that a connection is most of the proof.
    """
    deadline = time.monotonic() + seconds
    host, port = bootstrap.rsplit(":", 1)
    while time.monotonic() < deadline:
        if not running():
            raise BrokerSilent(f"Kafka at {bootstrap} ended while starting")
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except OSError:
            time.sleep(0.05)
            continue
        left = max(1, int(1000 * (deadline - time.monotonic())))
        try:
            with KafkaAdminClient(
                bootstrap_servers=bootstrap, bootstrap_timeout_ms=left, request_timeout_ms=left
            ) as admin:
                admin.describe_cluster()
        except KafkaError as error:
            raise BrokerSilent(f"Kafka at {bootstrap} gives no answer: {error}") from error
        return
    raise BrokerSilent(f"Kafka at {bootstrap} did not answer within {seconds:g} s")
