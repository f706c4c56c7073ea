"""The container files: valid, pinned, without privileges, reachable from this machine alone."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
import yaml

from tests.integration.listener_command import LISTENER, environment
from tests.kafka.docker import image

ROOT: Final = Path(__file__).parents[2]
COMPOSE: Final = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: Final[dict[str, dict[str, object]]] = COMPOSE["services"]
SECRET: Final = str(COMPOSE["secrets"]["slack_webhook_url"]["file"])
LONG_RUNNING: Final = sorted(SERVICES.keys() - {"topics", "listener"})
PINNED: Final = re.compile(r"[\w./-]+:v?\d+\.\d+\.\d+[\w.-]*")


def run(*command: str) -> str:
    """Run a checker from this environment; what it said if it objects, else nothing."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr if done.returncode else ""


def test_compose_file_is_valid_by_the_compose_specification() -> None:
    check = (sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec")
    assert run(*check, "docker-compose.yml") == ""


def test_hadolint_has_nothing_to_say_of_the_dockerfile() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    assert run(str(hadolint), "--no-color", "Dockerfile") == ""


@pytest.mark.parametrize("name", sorted(SERVICES))
class TestEveryService:
    def test_has_a_pinned_image(self, name: str) -> None:
        assert PINNED.fullmatch(str(SERVICES[name]["image"]))

    def test_does_not_run_as_root(self, name: str) -> None:
        assert str(SERVICES[name]["user"]).partition(":")[0] not in {"", "0", "root"}

    def test_has_no_privileges(self, name: str) -> None:
        service = SERVICES[name]
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert not {"privileged", "cap_add", "devices", "pid", "network_mode"} & service.keys()

    def test_has_a_read_only_root(self, name: str) -> None:
        assert SERVICES[name].get("read_only", False) is (name != "kafka")

    def test_has_a_limit_of_memory(self, name: str) -> None:
        assert SERVICES[name]["mem_limit"]

    def test_is_published_to_this_machine_alone(self, name: str) -> None:
        ports = SERVICES[name].get("ports", [])
        assert isinstance(ports, list)
        assert all(port.startswith("127.0.0.1:") for port in ports)


@pytest.mark.parametrize("name", LONG_RUNNING)
def test_a_long_running_service_says_whether_it_is_healthy(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    assert isinstance(check, dict)
    assert check.keys() >= {"test", "interval", "timeout", "retries", "start_period"}
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", ["ingest", "worker", "listener"])
def test_the_service_waits_for_kafka_and_its_topics(name: str) -> None:
    assert SERVICES[name]["depends_on"] == {
        "kafka": {"condition": "service_healthy"},
        "topics": {"condition": "service_completed_successfully"},
    }


def test_workers_can_be_scaled() -> None:
    assert SERVICES["worker"]["deploy"] == {"replicas": "${WORKERS:-2}"}
    assert not {"ports", "container_name"} & SERVICES["worker"].keys()


def test_up_alone_starts_everything_but_the_tools() -> None:
    asked_for = {
        name: service["profiles"] for name, service in SERVICES.items() if "profiles" in service
    }
    assert asked_for == {"listener": ["tools"], "kafka-ui": ["ui"]}


def test_any_command_can_be_run_beside_it(tmp_path: Path) -> None:
    service = SERVICES["listener"]
    (tmp_path / "config").symlink_to(ROOT / "config")
    command = service["command"]
    assert isinstance(command, list)
    done = subprocess.run([*LISTENER, *command], cwd=tmp_path, env=environment(), check=False)
    assert done.returncode == 0
    assert f"./config:{service['working_dir']}/config:ro" in str(service["volumes"])


def test_the_recording_that_it_names_is_there() -> None:
    head = (ROOT / "docker-compose.yml").read_text().partition("name: listener")[0]
    (name,) = re.findall(r"replay /recordings/(\S+)", head)
    assert (ROOT / "listener" / "demo" / name).exists()
    assert "./listener/demo:/recordings:ro" in str(SERVICES["listener"]["volumes"])


def test_secrets_are_files_that_are_there_from_the_start() -> None:
    used = {str(name) for service in SERVICES.values() for name in names(service, "secrets")}
    assert used == COMPOSE["secrets"].keys()
    for secret in COMPOSE["secrets"].values():
        default = re.fullmatch(r"\$\{\w+_FILE:-(.+)\}", secret["file"])
        assert default is not None
        assert (ROOT / default[1]).exists()
    for service in SERVICES.values():
        variables = service.get("environment", {})
        assert isinstance(variables, dict)
        secret_ones = {name for name in variables if re.search("PASSWORD|SECRET|WEBHOOK", name)}
        assert all(name.endswith("_FILE") for name in secret_ones)


def names(service: dict[str, object], key: str) -> list[object]:
    found = service.get(key, [])
    assert isinstance(found, list)
    return found


def test_grafana_opens_with_a_dashboard_that_is_there() -> None:
    variables = SERVICES["grafana"]["environment"]
    assert isinstance(variables, dict)
    home = str(variables["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert (ROOT / "config" / "grafana" / "dashboards" / Path(home).name).exists()


def test_data_outlive_the_containers() -> None:
    mounted = {
        str(mount).partition(":")[0]
        for service in SERVICES.values()
        for mount in names(service, "volumes")
        if not str(mount).startswith("./")
    }
    assert mounted == COMPOSE["volumes"].keys()


def test_every_mounted_path_is_there_and_read_only() -> None:
    mounts = [
        mount
        for service in SERVICES.values()
        for mount in str(service.get("volumes", "")).split("'")
        if mount.startswith("./")
    ]
    assert mounts
    for source, _, mode in (mount.split(":") for mount in mounts):
        assert (ROOT / source).exists()
        assert mode == "ro"


def test_without_a_webhook_the_secret_is_empty() -> None:
    default = re.fullmatch(r"\$\{SLACK_WEBHOOK_URL_FILE:-(.+)\}", SECRET)
    assert default is not None
    assert (ROOT / default[1]).read_text() == ""


def test_compose_runs_the_kafka_that_the_tests_run() -> None:
    assert SERVICES["kafka"]["image"] == image()


def test_prometheus_finds_every_service_that_has_metrics() -> None:
    jobs = yaml.safe_load((ROOT / "config/prometheus/prometheus.yml").read_text())["scrape_configs"]
    found = {
        name: lookup["port"]
        for job in jobs
        for lookup in job.get("dns_sd_configs", [])
        for name in lookup["names"]
    }
    assert found == {"ingest": 9108, "worker": 9108}


def test_grafana_reads_from_the_prometheus_of_this_file() -> None:
    provisioned = ROOT / "config/grafana/provisioning"
    source = yaml.safe_load((provisioned / "datasources/prometheus.yaml").read_text())
    provider = yaml.safe_load((provisioned / "dashboards/listener.yaml").read_text())
    assert source["datasources"][0]["url"] == "http://prometheus:9090"
    assert "prometheus" in SERVICES
    folder = provider["providers"][0]["options"]["path"]
    assert f"./config/grafana/dashboards:{folder}:ro" in str(SERVICES["grafana"]["volumes"])


def test_the_image_holds_the_product_and_no_more() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    copied = {
        path
        for line in re.findall(r"^COPY (?!--from)(.+)$", dockerfile, re.MULTILINE)
        for path in line.split()[:-1]
    }
    sent = {
        line[1:]
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    packages = {"detectors", "listener", "sinks"}
    assert (
        copied == sent == packages | {"LICENSE", "README.md", "pyproject.toml", "requirements.lock"}
    )
    assert "\n*\n" in (ROOT / ".dockerignore").read_text()


def test_the_image_runs_as_the_user_that_compose_names() -> None:
    users = re.findall(r"^USER (.+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert users == [SERVICES["worker"]["user"]] == [SERVICES["ingest"]["user"]]
