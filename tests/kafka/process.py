"""A child process that never outlives the process that started it."""

import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.kafka.watcher import Watcher


class ChildProcess:
    """`command`, its output appended to `log`.

    If this process dies, even by SIGKILL, the child is killed and `scratch` is removed.
    """

    def __init__(self, command: Sequence[str], log: Path, scratch: Path) -> None:
        with log.open("ab") as output:
            self._child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C is for pytest, which then ends the child
            )
        end = 'kill -9 "$1"; rm -rf "$2"'
        self._watcher = Watcher(["/bin/sh", "-c", end, "sh", str(self._child.pid), str(scratch)])

    @property
    def running(self) -> bool:
        """Whether the child has not ended yet."""
        return self._child.poll() is None

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the child."""
        self._child.send_signal(number)

    def wait(self, seconds: float) -> int:
        """The exit status; raises `subprocess.TimeoutExpired`."""
        return self._child.wait(seconds)

    def stop(self, seconds: float) -> None:
        """SIGTERM, and SIGKILL where that takes longer than `seconds`."""
        self._child.send_signal(signal.SIGCONT)
        self._child.terminate()
        try:
            self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            self._child.kill()
        self._end()

    def kill(self) -> None:
        """SIGKILL."""
        self._child.kill()
        self._end()

    def _end(self) -> None:
        # The watcher first: once the child is reaped its number may be another process's.
        self._watcher.dismiss()
        self._child.wait()
