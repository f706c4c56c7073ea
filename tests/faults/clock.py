"""A clock of its own for a process, that jumps when it is told to.

`python -m tests.faults.clock FILE COMMAND...` is `listener COMMAND...`, its wall clock as many
seconds ahead of the system's as FILE says. What measures durations by the monotonic clock is left
alone, as it is where a real clock is set. (libfaketime, which would reach C code too, breaks
`time.sleep` when it leaves that one alone.)
"""

import sys
import time
from collections.abc import Callable
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Final

_LOOK_SECONDS: Final = 0.1


class Clock:
    """What a process is told of the time."""

    def __init__(self, path: Path) -> None:
        """`path` is a file that is this clock's alone."""
        self.path = path
        self.jump(0)

    def jump(self, seconds: int) -> None:
        """Be that far ahead of the system's clock, or behind where it is negative."""
        new = self.path.with_suffix(".new")
        new.write_text(str(seconds))
        new.replace(self.path)  # at once: half a number would be another time


def shifted(path: Path, clock: Callable[[], float] = time.time) -> Callable[[], float]:
    """`time.time` as the file at `path` has it."""
    ahead, look_at = 0, 0.0

    def now() -> float:
        nonlocal ahead, look_at
        if time.monotonic() >= look_at:
            ahead, look_at = int(path.read_text()), time.monotonic() + _LOOK_SECONDS
        return clock() + ahead

    return now


def _main() -> None:
    """Before anything else is imported, for some import `time` from `time`."""
    now = time.time = shifted(Path(sys.argv.pop(1)))

    import listener.ingest  # noqa: PLC0415 - behind the line above
    from listener.cli import main  # noqa: PLC0415 - the same

    class Shifted(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # plain ones
            return datetime.fromtimestamp(now(), tz)

    # Everything of ours has the time from `utc_now`, and that from here.
    vars(listener.ingest)["datetime"] = Shifted
    main()


if __name__ == "__main__":
    _main()
