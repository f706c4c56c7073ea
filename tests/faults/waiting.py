"""Waiting for something to come true in another process."""

import time
from collections.abc import Callable

from tests.faults.system import SECONDS


def wait_for(condition: Callable[[], bool], seconds: float = SECONDS) -> None:
    """Return when `condition` holds; raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not so within {seconds:g} s")
        time.sleep(0.05)
