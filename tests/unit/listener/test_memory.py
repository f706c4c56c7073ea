"""What was freed goes back to the system."""

import subprocess
import sys
from typing import Final

import pytest

from listener import memory

HOLES: Final = """
import os
from pathlib import Path
from listener.memory import give_back

def resident():
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")

held = [bytes(8_000) for _ in range(10_000)]
kept = held[::100]
del held
before = resident()
give_back()
print(before - resident())
"""


@pytest.mark.skipif(memory._LIBC is None, reason="the C library has no malloc_trim")
def test_holes_between_what_is_kept_are_given_back() -> None:
    """In a process of its own: what others freed in this one would count."""
    done = subprocess.run(
        [sys.executable, "-c", HOLES], check=True, stdout=subprocess.PIPE, text=True, timeout=60
    )
    assert int(done.stdout) > 40_000_000


def test_where_the_c_library_cannot_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_LIBC", None)
    memory.give_back()
