"""Letting go of the process where Faust can't be stopped in good order.

Faust's threads wait for the broker for as long as it takes, even on their way out. What was not
acknowledged by then comes again at the next start, as after any crash, so nothing is lost by not
waiting.
"""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NoReturn

import structlog

_ANEW: Final = "LISTENER_BEGUN_ANEW"

log = structlog.get_logger()


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """End the process where the block takes longer; the block may even hang.

    With success, unless an exception is what it is being stopped for.
    """
    failure = sys.exc_info()[1]

    def end() -> None:
        log.warning("the broker keeps us from stopping in good order: going now")
        if failure is not None:
            log.error("it was stopping because it had failed", exc_info=failure)
        os._exit(0 if failure is None else 1)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def begin_anew() -> NoReturn:
    """Run the same command in place of this one: a crashed Faust leaves threads behind."""
    os.environ[_ANEW] = "1"
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, sys.orig_argv)  # noqa: S606 - the very command that runs now


def has_begun_anew() -> bool:
    """Whether this was under way before, so that a missing broker is no mistake of a setting."""
    return _ANEW in os.environ
