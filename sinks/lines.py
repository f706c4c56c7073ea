"""Appending lines to a file so that a crash in the middle costs no more than the line it was at."""

import os
from pathlib import Path
from typing import BinaryIO


def append_lines(path: Path, lines: bytes) -> None:
    """Append whole lines and return once they are on the disk; raises OSError.

    The file is opened anew each time, so that whoever rotates it need not tell us.
    """
    with path.open("a+b") as file:
        file.write(lines if _ends_with_a_line(file) else b"\n" + lines)
        file.flush()
        os.fsync(file.fileno())


def _ends_with_a_line(file: BinaryIO) -> bool:
    """False behind half a line, as a crash or a full disk leaves it."""
    if file.seek(0, os.SEEK_END) == 0:
        return True
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"
