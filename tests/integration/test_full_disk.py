"""A disk that is full: the service waits, says so, and goes on when there is room again.

A limit on the size of files stands for the disk: the system refuses to write beyond it.
"""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.listener_command import (
    LISTENER,
    environment,
    free_port,
    get,
    lines,
    wait_until,
    write_config,
)
from tests.integration.story import rings, write_recording

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="prlimit is Linux's")
_ROOM = 50_000


def test_it_waits_says_so_and_loses_nothing(tmp_path: Path) -> None:
    recording = tmp_path / "recording.jsonl"
    write_recording(recording)
    port = free_port()
    config = write_config(
        tmp_path,
        connectors=[{"type": "replay", "path": str(recording), "speed": 50_000}],
        metrics={"port": port},
    )

    def limit(size: int) -> None:
        resource.prlimit(service.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    with subprocess.Popen(
        [*LISTENER, "run", "--config", str(config), "--until-done"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environment(),
    ) as service:
        try:
            ready = f"http://127.0.0.1:{port}/readyz"
            wait_until(lambda: get(ready)[0] == 200, "the service")
            limit(_ROOM)
            wait_until(lambda: get(ready) == (503, "the disk takes nothing\n"), "a full disk")
            assert get(f"http://127.0.0.1:{port}/healthz")[0] == 200
            limit(resource.RLIM_INFINITY)
            _, said = service.communicate(timeout=60)
        finally:
            service.kill()
    assert service.returncode == 0, said
    assert b"can't write, trying again" in said
    assert lines(tmp_path / "alerts.jsonl") == rings()
