"""The settings that containers give to Kafka make a broker that a client on the host reaches.

No container is started: the image's own start-up program turns the variables into properties.
"""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
import yaml

from tests.kafka.docker import environment
from tests.kafka.process import ChildProcess
from tests.kafka.ready import await_broker
from tests.kafka.settings import START_SECONDS, STOP_SECONDS, free_ports

ROOT: Final = Path(__file__).parents[2]
LOGGING: Final = """
Configuration:
  Properties: {}
  Appenders: {Console: {name: STDOUT}}
  Loggers: {Root: {level: WARN, AppenderRef: [{ref: STDOUT}]}, Logger: [{name: kafka, level: WARN}]}
"""


def compose_environment() -> tuple[int, dict[str, str]]:
    """The port for clients on the host and the variables, with ports that are free here."""
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    inner, controller, host = free_ports(3)
    moved = {"9092": str(inner), "9093": str(controller), "9094": str(host)}
    variables = {}
    for name, value in compose["services"]["kafka"]["environment"].items():
        variables[name] = str(value)
        for old, new in moved.items():
            variables[name] = variables[name].replace(f":{old}", f":{new}")
    return host, variables


def docker_environment() -> tuple[int, dict[str, str]]:
    """The same of the container that the tests start where there is no Java."""
    port, controller = free_ports(2)
    return port, environment(port, controller, {})


@pytest.mark.parametrize("environment_of", [compose_environment, docker_environment])
def test_its_environment_makes_a_broker(
    environment_of: Callable[[], tuple[int, dict[str, str]]], kafka_java: list[str], tmp_path: Path
) -> None:
    port, variables = environment_of()
    variables["KAFKA_LOG_DIRS"] = str(tmp_path / "data")
    for folder in ("defaults", "mounted", "final"):
        (tmp_path / folder).mkdir()
    for name in ("log4j2.yaml", "tools-log4j2.yaml", "server.properties"):
        (tmp_path / "defaults" / name).write_text(LOGGING if name.endswith("yaml") else "")

    wrapper = [*kafka_java, "kafka.docker.KafkaDockerWrapper", "setup", "-D", "defaults"]
    subprocess.run(
        [*wrapper, "-M", "mounted", "-F", "final"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], **variables},
        check=True,
    )
    broker = ChildProcess(
        [*kafka_java, "kafka.Kafka", str(tmp_path / "final" / "server.properties")],
        log=tmp_path / "broker.log",
        scratch=tmp_path,
    )
    try:
        await_broker(f"localhost:{port}", START_SECONDS, lambda: broker.running)
    finally:
        broker.stop(STOP_SECONDS)
