"""Giving memory back: glibc keeps much of what was freed, for what may come.

A worker that has worked off a backlog held 40 to 85 MB that way, for good. What a broker sends at
once is large, and soon done with: where it lies among what is kept, it leaves holes. So it comes
from the system, and goes back there (glibc does so with what is above 128 kB, until the first such
block is freed: from then on it thinks that larger ones are to be expected, up to 32 MB).
"""

import asyncio
import ctypes
from typing import Final, Protocol, cast

_TIDY_SECONDS: Final = 60.0
# As in glibc's malloc.h.
_MMAP_THRESHOLD: Final = -3
_ARENA_MAX: Final = -8
# What compression uses for a moment is smaller: zlib's blocks have 64 kB.
_LARGE: Final = 256 * 1024


class _Glibc(Protocol):
    """The C library, where it is glibc."""

    def malloc_trim(self, keep: int, /) -> int: ...

    def mallopt(self, option: int, value: int, /) -> int: ...


def _libc() -> _Glibc | None:
    try:
        libc = ctypes.CDLL(None)
    except (OSError, TypeError):  # as on Windows
        return None
    is_glibc = hasattr(libc, "malloc_trim") and hasattr(libc, "mallopt")
    return cast("_Glibc", libc) if is_glibc else None


_LIBC: Final = _libc()


def keep_apart() -> None:
    """Keep what is large and short-lived apart from the rest, for the whole process.

    Threads share one heap: each would leave holes in one of its own. Does nothing where the C
    library can't.
    """
    if _LIBC is not None:
        _LIBC.mallopt(_MMAP_THRESHOLD, _LARGE)
        _LIBC.mallopt(_ARENA_MAX, 1)


def give_back() -> None:
    """Let the system have what was freed; does nothing where the C library can't. Some ms."""
    if _LIBC is not None:
        _LIBC.malloc_trim(0)


async def keep_small() -> None:
    """Give back once a minute, for as long as it runs."""
    while True:
        await asyncio.sleep(_TIDY_SECONDS)
        await asyncio.to_thread(give_back)
