"""The service as docker-compose.yml runs it, outside Docker, and a Prometheus that scrapes it."""

import json
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import yaml

from tests.integration.listener_command import (
    LISTENER,
    environment,
    free_port,
    get,
    wait_until,
)
from tests.integration.story import END, OUTAGE, mentions

ROOT: Final = Path(__file__).parents[2]
SERVICES: Final = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]
PROMETHEUS: Final = ROOT / "config" / "prometheus"
SPEED: Final = 600
LAST: Final = (OUTAGE + timedelta(minutes=90)).isoformat()
STORY: Final = [row for row in mentions() if str(row["published_at"]) < LAST]

Result = list[dict[str, Any]]  # Prometheus's own JSON


def write_story(folder: Path, name: str) -> Path:
    """A configuration that plays the story of an outage, ended within the last hour.

    All before the outage comes at once. One line of the recording can't be read.
    """
    shift = timedelta(hours=(datetime.now(UTC) - END) // timedelta(hours=1))
    rows = [
        {
            **row,
            "published_at": (datetime.fromisoformat(str(row["published_at"])) + shift).isoformat(),
        }
        for row in STORY
    ]
    recording = folder / "recording.jsonl"
    lines = [json.dumps(row) for row in rows]
    recording.write_text("\n".join([*lines[:-5], "{broken", *lines[-5:]]) + "\n", "utf-8")
    replay = {
        "type": "replay",
        "path": str(recording),
        "speed": SPEED,
        "fast_until": (OUTAGE + shift - timedelta(minutes=5)).isoformat(),
    }
    settings = {
        "brands": [{"name": "Kwikzilver", "terms": ["Kwikzilver", "@kwikzilver"]}],
        "connectors": [replay],
        "sinks": [{"type": "jsonl", "path": str(folder / "alerts.jsonl")}],
        "data_dir": str(folder / "data"),
        "kafka": {"prefix": f"{name}.", "group": name, "partitions": 2},
    }
    config = folder / "listener.yaml"
    config.write_text(yaml.safe_dump(settings), "utf-8")
    return config


def command_of(service: str, config: Path) -> list[str]:
    """What the container of a service runs, with the configuration in another place."""
    return [
        str(config) if word.endswith(".yaml") else word for word in SERVICES[service]["command"]
    ]


def health_of(service: str, port: int) -> int:
    """The exit code of a service's health check, on another port."""
    how, program, *arguments = SERVICES[service]["healthcheck"]["test"]
    assert (how, program) == ("CMD", "python")
    moved = [word.replace(":9108", f":{port}") for word in arguments]
    return subprocess.run([sys.executable, *moved], check=False).returncode


class Service:
    """One of the service's processes; its log is in a file."""

    def __init__(self, name: str, config: Path, broker: str) -> None:
        self.name = name
        self.port = free_port()
        self._log = config.with_name(f"{name}.log")
        with self._log.open("wb") as output:
            self.process = subprocess.Popen(
                [*LISTENER, *command_of(name, config)],
                stdout=output,
                stderr=output,
                env=environment(
                    LISTENER_BROKER=f"kafka://{broker}", LISTENER_METRICS__PORT=str(self.port)
                ),
            )

    @property
    def log(self) -> str:
        return self._log.read_text("utf-8")

    def await_ready(self) -> None:
        def is_ready() -> bool:
            assert self.process.poll() is None, self.log
            return get(f"http://127.0.0.1:{self.port}/readyz")[0] == 200

        wait_until(is_ready, f"{self.name} to be ready")


class Prometheus:
    """A real Prometheus with the project's rules, scraping every second."""

    def __init__(self, program: str, folder: Path, targets: dict[str, int]) -> None:
        self.began = time.time()
        self.port = free_port()
        config = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text("utf-8"))
        config["global"] = dict.fromkeys(
            ("scrape_interval", "scrape_timeout", "evaluation_interval"), "1s"
        )
        config["rule_files"] = [str(PROMETHEUS / name) for name in config["rule_files"]]
        for job in config["scrape_configs"]:
            job.pop("dns_sd_configs", None)
            port = targets.get(job["job_name"], self.port)
            job["static_configs"] = [{"targets": [f"127.0.0.1:{port}"]}]
        path = folder / "prometheus.yml"
        path.write_text(yaml.safe_dump(config), "utf-8")
        moved = {
            "--config.file=/etc/prometheus/prometheus.yml": f"--config.file={path}",
            "--storage.tsdb.path=/prometheus": f"--storage.tsdb.path={folder / 'tsdb'}",
        }
        words = [moved.get(word, word) for word in SERVICES["prometheus"]["command"]]
        with (folder / "prometheus.log").open("wb") as output:
            self.process = subprocess.Popen(
                [program, *words, f"--web.listen-address=127.0.0.1:{self.port}"],
                stdout=output,
                stderr=output,
            )

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def health(self) -> int:
        """The status that the container's health check gets."""
        how, program, *_, url = SERVICES["prometheus"]["healthcheck"]["test"]
        assert (how, program) == ("CMD", "wget")
        return get(url.replace(":9090", f":{self.port}"))[0]

    def range(self, expr: str) -> Result:
        """The expression's series since this Prometheus began."""
        told = self.ask(
            "query_range", query=expr, start=f"{self.began}", end=f"{time.time()}", step="1s"
        )
        result: Result = told["result"]
        return result

    def ask(self, what: str, **parameters: str) -> Any:
        query = urllib.parse.urlencode(parameters)
        status, body = get(f"{self.address}/api/v1/{what}?{query}")
        assert status == 200, (parameters, body)
        return json.loads(body)["data"]


@contextmanager
def ended(*processes: subprocess.Popen[bytes]) -> Iterator[None]:
    """Kill what still runs at the end."""
    with ExitStack() as stack:
        for process in processes:
            stack.callback(process.wait)
            stack.callback(process.kill)
        yield
