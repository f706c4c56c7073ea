"""Which broker this machine can run."""

from collections.abc import Mapping

from tests.kafka.artifacts import KafkaUnavailable
from tests.kafka.broker import Broker
from tests.kafka.docker import DockerKafka
from tests.kafka.server import KafkaServer


def new_broker(settings: Mapping[str, str] | None = None) -> Broker:
    """A broker, not started yet: on Java if there is one, else in Docker.

    Raises `KafkaUnavailable` with what is missing and what to install.
    """
    try:
        return KafkaServer(settings)
    except KafkaUnavailable as error:
        no_server = error
    try:
        return DockerKafka(settings)
    except KafkaUnavailable as no_docker:
        raise KafkaUnavailable(
            "no Apache Kafka to test with. Install Java 17 or newer and Maven, or start Docker, "
            "or set KAFKA_BOOTSTRAP=host:port to a broker that may be filled with test topics.\n"
            f"(tried: {no_server}; {no_docker})"
        ) from no_server
