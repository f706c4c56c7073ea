"""The service as its operator runs it: real processes with a configuration of their own."""

import json
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.faults.topics import records

COMMAND: Final = (sys.executable, "-c", "from listener.cli import main; main()")
SECONDS: Final = 90.0
"""How long anything may take on a slow machine before a test gives up."""


class Listener:
    """One process of the service; killed at the end of the block, if it is still there."""

    def __init__(self, arguments: Sequence[str], log: Path) -> None:
        self._log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [*COMMAND, *arguments], stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    @property
    def failed(self) -> bool:
        """Whether it has ended, and not by having done its work."""
        return self._process.poll() not in {None, 0}

    def kill(self) -> None:
        """SIGKILL, whatever it does at the moment."""
        self._process.kill()
        self._process.wait()

    def stop(self, seconds: float = SECONDS) -> int:
        """SIGTERM; the exit code. Raises `subprocess.TimeoutExpired`."""
        self._process.terminate()
        return self._process.wait(seconds)

    def pause(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def wait(self, seconds: float = SECONDS) -> int:
        """The exit code, once it has ended by itself. Raises `subprocess.TimeoutExpired`."""
        return self._process.wait(seconds)

    def finish(self, seconds: float = SECONDS) -> None:
        """Wait for it to end by itself, successfully."""
        code = self.wait(seconds)
        assert code == 0, f"exit code {code}:\n{self.log}"

    @property
    def log(self) -> str:
        """What it has said so far."""
        return self._log.read_text(errors="replace")[-5000:]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.running:
            self.resume()
            self.kill()


class System:
    """A configuration in `directory`; without `bootstrap` for the embedded engine."""

    def __init__(
        self,
        directory: Path,
        recording: Path,
        brand: tuple[str, Sequence[str]],
        *,
        bootstrap: str | None = None,
        prefix: str = "",
        partitions: int = 1,
        speed: float = 0,
        access: Mapping[str, object] | None = None,
    ) -> None:
        self.directory = directory
        self.bootstrap = bootstrap
        self.prefix = prefix
        self.partitions = partitions
        self._config = directory / "listener.yaml"
        name, terms = brand
        settings: dict[str, object] = {
            "brands": [{"name": name, "terms": list(terms)}],
            "connectors": [{"type": "replay", "path": str(recording), "speed": speed}],
            "sinks": [{"type": "jsonl", "path": str(directory / "alerts.jsonl")}],
            "data_dir": str(directory / "data"),
            "metrics": {"port": 0},
        }
        if bootstrap is not None:
            settings["broker"] = f"kafka://{bootstrap}"
            settings["kafka"] = {
                "prefix": prefix,
                "partitions": partitions,
                "access": dict(access or {}),
            }
        self._config.write_text(json.dumps(settings))  # JSON is YAML

    def start(self, command: str, *options: str) -> Listener:
        """Start `listener run`, `ingest`, `worker` or another command."""
        arguments = [command, "--config", str(self._config), *options]
        return Listener(arguments, self.directory / f"{command}.log")

    def run(self) -> None:
        """The whole service, until the recording is played and worked off."""
        with self.start("run", "--until-done") as listener:
            listener.finish()

    def delivered(self) -> list[dict[str, object]]:
        """The alerts that came to the sink, in order."""
        path = self.directory / "alerts.jsonl"
        lines = path.read_text("utf-8", errors="replace").splitlines() if path.exists() else []
        return [json.loads(line) for line in lines if _is_whole(line)]

    def published(self) -> list[dict[str, object]]:
        """The alerts on the topic `crisis-alerts`, in order."""
        if self.bootstrap is None:
            raise ValueError("the embedded engine has no topics")
        found = records(self.bootstrap, f"{self.prefix}crisis-alerts")
        return [json.loads(record.value) for record in found]


def _is_whole(line: str) -> bool:
    """False for what a process killed in the middle of a line left: it delivers that again."""
    try:
        json.loads(line)
    except ValueError:
        return False
    return True
