"""The systemd unit and the Kubernetes example: what can be checked without either."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from listener.cli import app
from listener.settings import MetricsSettings

ROOT: Final = Path(__file__).parents[2]
UNIT: Final = ROOT / "deploy" / "systemd" / "listener.service"
Item = dict[str, Any]  # Kubernetes' objects have no types here
ITEMS: Final[list[Item]] = yaml.safe_load(
    (ROOT / "deploy" / "kubernetes" / "listener.yaml").read_text("utf-8")
)["items"]
COMMANDS: Final = {command.name for command in app.registered_commands}
IMAGE: Final = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"][
    "worker"
]["image"]


def items(kind: str) -> list[Item]:
    return [item for item in ITEMS if item["kind"] == kind]


def pod(item: Item) -> Item:
    found: Item = item["spec"]["template"]["spec"]
    return found


WORKING: Final = [*items("Job"), *items("Deployment")]
NAMES: Final = [item["metadata"]["name"] for item in WORKING]


class TestUnit:
    def test_systemd_has_nothing_to_say_of_it(self, tmp_path: Path) -> None:
        verify = shutil.which("systemd-analyze")
        if verify is None:  # what systemd reads is an INI file all the same
            parser = configparser.ConfigParser(strict=False, interpolation=None)
            parser.read_string(UNIT.read_text("utf-8"))
            assert {"Unit", "Service", "Install"} == set(parser.sections())
            return
        here = tmp_path / UNIT.name  # the program isn't installed on this machine
        here.write_text(UNIT.read_text("utf-8").replace("/opt/listener/bin/listener", "/bin/true"))
        done = subprocess.run(
            [verify, "verify", str(here)], capture_output=True, text=True, check=False
        )
        assert [line for line in done.stderr.splitlines() if UNIT.name in line] == []

    def test_it_runs_commands_that_there_are(self) -> None:
        used = re.findall(r"^ExecStart\w*=/opt/listener/bin/listener (\S+)", UNIT.read_text(), re.M)
        assert used == ["check-config", "run"]
        assert set(used) <= COMMANDS

    def test_a_wrong_configuration_is_not_tried_again(self) -> None:
        assert "RestartPreventExitStatus=2" in UNIT.read_text().splitlines()

    def test_stopping_gets_the_time_it_takes(self) -> None:
        (seconds,) = re.findall(r"^TimeoutStopSec=(\d+)$", UNIT.read_text(), re.MULTILINE)
        assert int(seconds) > 10


@pytest.mark.parametrize("item", WORKING, ids=NAMES)
class TestEveryPod:
    def test_runs_a_command_that_there_is(self, item: Item) -> None:
        (container,) = pod(item)["containers"]
        assert container["image"] == IMAGE
        assert container["args"][0] in COMMANDS

    def test_has_no_privileges(self, item: Item) -> None:
        (container,) = pod(item)["containers"]
        assert pod(item)["securityContext"]["runAsNonRoot"] is True
        assert pod(item)["securityContext"]["runAsUser"] == 10001
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert pod(item)["automountServiceAccountToken"] is False

    def test_has_limits(self, item: Item) -> None:
        (container,) = pod(item)["containers"]
        assert container["resources"]["requests"].keys() == {"cpu", "memory"}
        assert container["resources"]["limits"]["memory"]

    def test_mounts_what_there_is(self, item: Item) -> None:
        (container,) = pod(item)["containers"]
        volumes = {volume["name"] for volume in pod(item)["volumes"]}
        assert {mount["name"] for mount in container["volumeMounts"]} == volumes


@pytest.mark.parametrize(
    "item", items("Deployment"), ids=[item["metadata"]["name"] for item in items("Deployment")]
)
class TestEveryDeployment:
    def test_selects_its_own_pods(self, item: Item) -> None:
        selected = item["spec"]["selector"]["matchLabels"]
        assert selected == item["spec"]["template"]["metadata"]["labels"]
        assert selected == item["metadata"]["labels"]

    def test_is_asked_whether_it_lives_and_works(self, item: Item) -> None:
        (container,) = pod(item)["containers"]
        (port,) = container["ports"]
        assert port["containerPort"] == MetricsSettings().port
        asked = {name: container[name]["httpGet"] for name in container if name.endswith("Probe")}
        assert asked == {
            "startupProbe": {"path": "/healthz", "port": port["name"]},
            "livenessProbe": {"path": "/healthz", "port": port["name"]},
            "readinessProbe": {"path": "/readyz", "port": port["name"]},
        }

    def test_gets_the_time_to_stop(self, item: Item) -> None:
        assert pod(item)["terminationGracePeriodSeconds"] > 10


def test_there_is_never_a_second_ingest() -> None:
    (ingest,) = (one for one in items("Deployment") if one["metadata"]["name"] == "listener-ingest")
    assert ingest["spec"]["replicas"] == 1
    assert ingest["spec"]["strategy"] == {"type": "Recreate"}


def test_all_workers_but_one_stay_while_machines_are_serviced() -> None:
    (budget,) = items("PodDisruptionBudget")
    (worker,) = (one for one in items("Deployment") if one["metadata"]["name"] == "listener-worker")
    assert budget["spec"]["selector"] == worker["spec"]["selector"]
    assert budget["spec"]["maxUnavailable"] == 1 < worker["spec"]["replicas"]
