"""The service's port, and alerts that reach an HTTP server in the end."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from listener.engines.store import Store
from tests.integration.listener_command import (
    free_port,
    get,
    lines,
    listener,
    refusal,
    running,
    stop,
    wait_until,
    write_config,
)
from tests.integration.story import rings, write_recording

PROMISED = {
    "listener_mentions_received",
    "listener_mentions_rejected",
    "listener_mentions_repeated",
    "listener_mentions_unmatched",
    "listener_mentions_scored",
    "listener_processing_lag_seconds",
    "listener_window_mentions",
    "listener_window_expected_mentions",
    "listener_incidents",
    "listener_incident_severity",
    "listener_deliveries",
    "listener_delivery_queue",
    "listener_event_time_timestamp_seconds",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    recording = write_recording(tmp_path / "recording.jsonl")
    with recording.open("a") as file:
        file.write("{broken\n")
    return tmp_path


class Hook:
    """A loopback server in Slack's place that answers with `status`."""

    def __init__(self, status: int) -> None:
        self.status = status
        self.taken: list[str] = []
        self.asked = 0
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                hook.asked += 1
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if hook.status == 200:
                    hook.taken.append(json.loads(body)["text"])
                self.send_response(hook.status)
                self.end_headers()
                self.wfile.write(b"ok" if hook.status == 200 else b"no_service")

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
                del format, args

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def settings(self) -> dict[str, object]:
        return {
            "type": "slack",
            "webhook_url": f"http://127.0.0.1:{self.server.server_port}/services/s3cr3t",
            "allow_http": True,
            "allow_private": True,
            "min_severity": "watch",
            "min_interval": 0,
        }


@contextmanager
def hook(status: int) -> Iterator[Hook]:
    slack = Hook(status)
    thread = threading.Thread(target=slack.server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield slack
    finally:
        slack.server.shutdown()
        thread.join()
        slack.server.server_close()


def values(port: int) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    _, body = get(f"http://127.0.0.1:{port}/metrics")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(body)
        for sample in family.samples
    }


def test_the_port_tells_what_was_done(folder: Path) -> None:
    port = free_port()
    with hook(404) as slack:
        jsonl = {"type": "jsonl", "path": str(folder / "alerts.jsonl")}
        config = write_config(folder, metrics={"port": port}, sinks=[slack.settings, jsonl])
        with running("run", "--config", config) as service:
            dead = ("listener_deliveries_total", (("outcome", "dead"), ("sink", "slack")))
            told = ("listener_deliveries_total", (("outcome", "delivered"), ("sink", "jsonl")))
            wait_until(
                lambda: values(port).get(dead) == values(port).get(told) == len(rings()),
                "all deliveries",
            )
            wait_until(
                lambda: (
                    values(port).get(("listener_incident_severity", (("brand", "Kwikzilver"),)))
                    == 0
                ),
                "the last state of the brand",
            )
            assert get(f"http://127.0.0.1:{port}/healthz") == (200, "alive\n")
            assert get(f"http://127.0.0.1:{port}/readyz") == (200, "ready\n")
            assert get(f"http://127.0.0.1:{port}/elsewhere")[0] == 404
            _, body = get(f"http://127.0.0.1:{port}/metrics")
            seen = values(port)
            code, output = stop(service)
    assert code == 0, output
    assert {family.name for family in text_string_to_metric_families(body)} >= PROMISED
    mentions = len(lines_of_mentions(folder))
    assert seen["listener_mentions_received_total", (("connector", "replay"),)] == mentions
    assert seen["listener_mentions_rejected_total", (("reason", "not_json"),)] == 1
    # The recording is of long ago: that is history, and no lag.
    assert seen["listener_mentions_historic_total", ()] == mentions
    assert seen["listener_processing_lag_seconds_count", ()] == 0
    scored = [
        value for (name, _), value in seen.items() if name == "listener_mentions_scored_total"
    ]
    assert sum(scored) == mentions
    assert [record["sink"] for record in lines(folder / "data" / "dead-letters.jsonl")] == (
        ["slack"] * len(rings())
    )
    assert "s3cr3t" not in output + body + (folder / "data" / "dead-letters.jsonl").read_text()


def lines_of_mentions(folder: Path) -> list[str]:
    return (folder / "recording.jsonl").read_text().splitlines()[:-1]


def test_what_was_not_delivered_is_delivered_after_a_restart(folder: Path) -> None:
    retries = {"first_delay": 0.05, "max_delay": 0.2}
    with hook(503) as slack:
        config = write_config(folder, sinks=[slack.settings], retries=retries)
        with running("run", "--config", config) as service:
            wait_until(lambda: slack.asked > 1, "an attempt and another")
            assert stop(service)[0] == 0
        assert slack.taken == []
        slack.status = 200
        done = listener("run", "--config", config, "--until-done")
        assert done.returncode == 0
        assert len(slack.taken) == len(rings())
        assert all("Kwikzilver" in text for text in slack.taken)
    store = Store(folder / "data" / "listener.db")
    assert store.undelivered(0, 10) == []
    store.close()
    assert not (folder / "data" / "dead-letters.jsonl").exists()


def test_a_port_in_use_is_told_with_the_mend(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = refusal(listener("run", "--config", write_config(folder, metrics={"port": port})))
    assert f"can't serve metrics on 127.0.0.1:{port}" in line
    assert "metrics.port" in line
    assert "LISTENER_METRICS__PORT" in line


def test_the_port_can_be_moved_or_switched_off_by_the_environment(folder: Path) -> None:
    config = write_config(folder, connectors=[], metrics={"port": 1})
    port = str(free_port())
    with running("run", "--config", config, LISTENER_METRICS__PORT=port) as service:
        wait_until(lambda: get(f"http://127.0.0.1:{port}/healthz")[0] == 200, "the port")
        assert stop(service)[0] == 0
