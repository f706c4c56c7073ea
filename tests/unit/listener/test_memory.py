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


LARGE: Final = """
import os
from pathlib import Path
from listener.memory import keep_apart

def resident():
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")

keep_apart()
bytes(30_000_000)  # from which on glibc would expect more of them
kept, before = [], resident()
for _ in range(50):
    large = [bytes(1_000_000) for _ in range(50)]
    kept.append(bytes(5_000))
    del large
print(resident() - before)
"""


@pytest.mark.skipif(memory._LIBC is None, reason="the C library has no mallopt")
def test_what_is_large_leaves_no_holes_among_what_is_kept() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LARGE], check=True, stdout=subprocess.PIPE, text=True, timeout=60
    )
    assert int(done.stdout) < 5_000_000


def test_where_the_c_library_cannot_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_LIBC", None)
    memory.give_back()
    memory.keep_apart()
