"""A file of JSON Lines that only grows: what was rejected, what could not be delivered."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from detectors.records import dumps


class Journal:
    """Appends lines; the file is made when the first one is written.

    It is opened for every batch of lines, so it may be moved away at any time.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, lines: Iterable[Mapping[str, object]]) -> None:
        """Returns when the lines are on the disk; raises OSError if they can't be."""
        data = b"".join(dumps(line) + b"\n" for line in lines)
        if not data:
            return
        with self._path.open("ab") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
