"""Something to do when this process ends, however it ends, even by SIGKILL."""

import subprocess
from collections.abc import Sequence


class Watcher:
    """Runs `command` if this process ends before `dismiss` is called.

    A child waits for the end of a pipe that only this process holds, which works on every Unix
    and, unlike Linux's parent-death signal, does not fire when a mere thread ends.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._child = subprocess.Popen(
            ["/bin/sh", "-c", 'read -r _; exec "$@"', "sh", *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is not for it
        )

    def dismiss(self) -> None:
        """Nothing is left to be done."""
        self._child.kill()
        self._child.communicate()
