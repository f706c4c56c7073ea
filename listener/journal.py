"""A file of JSON Lines that only grows: what was rejected, what could not be delivered."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from detectors.records import dumps
from sinks.lines import append_lines


class Journal:
    """Appends lines; the file is made when the first one is written.

    It is opened for every batch of lines, so it may be moved away at any time.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, lines: Iterable[Mapping[str, object]]) -> None:
        """Returns when the lines are on the disk; raises OSError if they can't be."""
        data = b"".join(dumps(line) + b"\n" for line in lines)
        if data:
            append_lines(self._path, data)
