"""The service as its operator runs it: real processes with a configuration of their own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from urllib.error import HTTPError
from urllib.request import urlopen

from tests.faults.clock import Clock
from tests.faults.topics import Record, records

COMMAND: Final = (sys.executable, "-c", "from listener.cli import main; main()")
_WITH_CLOCK: Final = (sys.executable, "-m", "tests.faults.clock")
SECONDS: Final = 90.0
"""How long anything may take on a slow machine before a test gives up."""


class Listener:
    """One process of the service; killed at the end of the block, if it is still there."""

    def __init__(
        self,
        arguments: Sequence[str],
        log: Path,
        clock: Clock | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._log = log
        command = COMMAND if clock is None else (*_WITH_CLOCK, str(clock.path))
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [*command, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, **(environment or {})},
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
    """A configuration in `directory`; without `bootstrap` for the embedded engine.

    Every one of `recordings` has a connector of its own; `more_sinks` are beside the file,
    `more_brands` beside `brand`.
    """

    def __init__(
        self,
        directory: Path,
        recordings: Path | Sequence[Path],
        brand: tuple[str, Sequence[str]],
        *,
        bootstrap: str | None = None,
        prefix: str = "",
        partitions: int = 1,
        speed: float = 0,
        access: Mapping[str, object] | None = None,
        more_sinks: Sequence[Mapping[str, object]] = (),
        more_brands: Iterable[tuple[str, Sequence[str]]] = (),
        replication: int = 1,
        port: int = 0,
    ) -> None:
        self.directory = directory
        self.bootstrap = bootstrap
        self.prefix = prefix
        self.partitions = partitions
        self._config = directory / "listener.yaml"
        self._port = port
        self._sink = directory / "sink"
        self._sink.mkdir(exist_ok=True)
        paths = [recordings] if isinstance(recordings, Path) else recordings
        settings: dict[str, object] = {
            "brands": [
                {"name": name, "terms": list(terms)} for name, terms in (brand, *more_brands)
            ],
            "connectors": [
                {"type": "replay", "name": path.stem, "path": str(path), "speed": speed}
                for path in paths
            ],
            "sinks": [{"type": "jsonl", "path": str(self._sink / "alerts.jsonl")}, *more_sinks],
            "data_dir": str(directory / "data"),
            "metrics": {"port": port},
        }
        if bootstrap is not None:
            settings["broker"] = f"kafka://{bootstrap}"
            settings["kafka"] = {
                "prefix": prefix,
                "partitions": partitions,
                "replication": replication,
                "access": dict(access or {}),
            }
        self._config.write_text(json.dumps(settings))  # JSON is YAML

    def start(
        self,
        command: str,
        *options: str,
        name: str | None = None,
        clock: Clock | None = None,
        bootstrap: str | None = None,
    ) -> Listener:
        """Start `listener run`, `ingest`, `worker` or another command.

        `name` is its log's; `bootstrap` is where this one reaches the broker, if elsewhere.
        """
        arguments = [command, "--config", str(self._config), *options]
        elsewhere = {} if bootstrap is None else {"LISTENER_BROKER": f"kafka://{bootstrap}"}
        return Listener(arguments, self.directory / f"{name or command}.log", clock, elsewhere)

    @contextmanager
    def without_sink(self) -> Iterator[None]:
        """The directory of the sink's file is away, as a disk that was not mounted."""
        away = self.directory / "sink-is-away"
        self._sink.rename(away)
        try:
            yield
        finally:
            away.rename(self._sink)

    def run(self) -> None:
        """The whole service, until the recording is played and worked off."""
        with self.start("run", "--until-done") as listener:
            listener.finish()

    def why_not_ready(self) -> str:
        """What the process on `port` answers at /readyz; empty where it is ready."""
        try:
            with urlopen(f"http://127.0.0.1:{self._port}/readyz", timeout=5):
                return ""
        except HTTPError as answer:
            with answer:
                return answer.read().decode("utf-8", errors="replace").strip()
        except OSError as error:
            return f"no answer: {error}"

    def delivered(self) -> list[dict[str, object]]:
        """The alerts that came to the sink, in order."""
        path = self._sink / "alerts.jsonl"
        lines = path.read_text("utf-8", errors="replace").splitlines() if path.exists() else []
        return [json.loads(line) for line in lines if _is_whole(line)]

    def published(self) -> list[dict[str, object]]:
        """The alerts on the topic `crisis-alerts`, in order."""
        return [json.loads(record.value) for record in self.on_topic("crisis-alerts")]

    def on_topic(self, topic: str) -> list[Record]:
        """All records of one of the system's topics."""
        if self.bootstrap is None:
            raise ValueError("the embedded engine has no topics")
        return records(self.bootstrap, f"{self.prefix}{topic}")


def _is_whole(line: str) -> bool:
    """False for what a process killed in the middle of a line left: it delivers that again."""
    try:
        json.loads(line)
    except ValueError:
        return False
    return True
