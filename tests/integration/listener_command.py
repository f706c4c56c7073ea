"""The real `listener` command in processes of its own, for tests."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import yaml

LISTENER = (sys.executable, "-c", "from listener.cli import main; main()")
BRANDS = [{"name": "Kwikzilver", "terms": ["Kwikzilver", "@kwikzilver"]}]
PATIENCE = 60.0


def environment(**more: str) -> dict[str, str]:
    """This process's, without what would change the service's settings."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("LISTENER_", "SLACK_"))}
    return kept | more


def listener(
    *arguments: str | Path,
    stdin: bytes = b"",
    cwd: Path | None = None,
    **env: str,
) -> subprocess.CompletedProcess[bytes]:
    """Run a command to its end."""
    return subprocess.run(
        [*LISTENER, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
        cwd=cwd,
        env=environment(**env),
    )


def refusal(done: subprocess.CompletedProcess[bytes]) -> str:
    """The one line with which a command refused to start."""
    assert done.returncode == 2, done.stderr
    assert done.stdout == b""
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("listener: ")
    return line


def write_config(folder: Path, **values: object) -> Path:
    """A configuration for the recording in `folder`; relative names are within it."""
    path = folder / "listener.yaml"
    settings = {
        "brands": BRANDS,
        "connectors": [{"type": "replay", "path": str(folder / "recording.jsonl"), "speed": 0}],
        "sinks": [{"type": "jsonl", "path": str(folder / "alerts.jsonl")}],
        "data_dir": str(folder / "data"),
        "metrics": {"port": 0},
        **values,
    }
    path.write_text(yaml.safe_dump(settings), "utf-8")
    return path


@contextlib.contextmanager
def running(*arguments: str | Path, **env: str) -> Iterator[subprocess.Popen[bytes]]:
    """A command under way; killed at the end if it still runs."""
    with subprocess.Popen(
        [*LISTENER, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment(**env),
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.communicate()


def stop(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    """SIGTERM; gives the exit code and all output. Fails where that takes longer than 10 s."""
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=10)
    return process.returncode, output.decode()


def wait_until(holds: Callable[[], bool], what: str) -> None:
    """Look again and again, for as long as `PATIENCE` goes."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"in vain waited for {what}")
        time.sleep(0.02)


def lines(path: Path) -> list[dict[str, object]]:
    """The records of a JSON Lines file, none where there is no file."""
    return (
        [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []
    )


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def get(url: str) -> tuple[int, str]:
    """Status and body; status 0 where nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - loopback
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""
