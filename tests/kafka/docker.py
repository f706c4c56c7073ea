"""The same broker from its container image, for machines with Docker and without Java."""

import re
import shutil
import subprocess
import uuid
from collections.abc import Mapping

from tests.kafka.artifacts import HERE, KafkaUnavailable
from tests.kafka.broker import Broker
from tests.kafka.ready import BrokerSilent, await_broker
from tests.kafka.settings import CLUSTER, START_SECONDS, STOP_SECONDS, free_ports, properties
from tests.kafka.watcher import Watcher


def image() -> str:
    """The container image of the release that the pom names."""
    pom = (HERE / "pom.xml").read_text()
    found = re.search(r"<artifactId>kafka_2\.13</artifactId>\s*<version>([\d.]+)<", pom)
    if found is None:
        raise ValueError("tests/kafka/pom.xml names no version of kafka_2.13")
    return f"apache/kafka:{found[1]}"


def environment(port: int, controller_port: int, more: Mapping[str, str]) -> dict[str, str]:
    """Properties as the image takes them: `a.b` is called `KAFKA_A_B`."""
    everywhere = "0.0.0.0"  # noqa: S104 - within the container; Docker publishes on loopback
    told = {**properties(everywhere, port, controller_port), **more}
    named = {f"KAFKA_{key.replace('.', '_').upper()}": value for key, value in told.items()}
    return {**named, "CLUSTER_ID": CLUSTER}


class DockerKafka(Broker):
    """One broker in a container; raises `KafkaUnavailable` where Docker gives no answer."""

    def __init__(self, settings: Mapping[str, str] | None = None) -> None:
        if shutil.which("docker") is None:
            raise KafkaUnavailable("no docker")
        if _docker("version", check=False).returncode:
            raise KafkaUnavailable("docker is installed, but its engine does not answer")
        self._port, controller_port = free_ports(2)
        self._name = f"listener-kafka-{uuid.uuid4().hex[:12]}"
        told = environment(self._port, controller_port, settings or {})
        published = f"--publish=127.0.0.1:{self._port}:{self._port}"
        self._watcher = Watcher(["docker", "rm", "--force", "--volumes", self._name])
        variables = [f"--env={name}={value}" for name, value in told.items()]
        made = _docker("create", "--name", self._name, published, *variables, image(), check=False)
        if made.returncode:
            raise KafkaUnavailable(f"docker made no container: {made.stderr.strip()[-500:]}")

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self._port}"

    def start(self) -> None:
        _docker("start", self._name)
        try:
            await_broker(self.bootstrap, START_SECONDS)
        except BrokerSilent as error:
            logs = _docker("logs", "--tail=50", self._name)
            raise BrokerSilent(f"{error}:\n{logs.stdout}{logs.stderr}") from error

    def stop(self) -> None:
        _docker("stop", "-t", f"{STOP_SECONDS:.0f}", self._name)

    def kill(self) -> None:
        _docker("kill", self._name)

    def pause(self) -> None:
        _docker("pause", self._name)

    def resume(self) -> None:
        _docker("unpause", self._name)

    def close(self) -> None:
        _docker("rm", "--force", "--volumes", self._name)
        self._watcher.dismiss()


def _docker(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=check)
