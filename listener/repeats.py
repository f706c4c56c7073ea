"""Saying the same thing now and then, instead of many times a second."""

import logging
import re
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_EVERY_SECONDS: Final = 30.0
_IN_A_ROW: Final = 3
_KINDS: Final = 500
_OURS: Final = ("sinks", "listener", "detectors")
_NUMBERS: Final = re.compile(r"0x[0-9a-f]+|\d+")


@dataclass(slots=True)
class _Kind:
    """Lines of one kind since `since`."""

    since: float
    said: int = 0
    unsaid: int = 0


class RepeatFilter(logging.Filter):
    """Lets three lines of a kind through, then one every 30 s with how many it stands for.

    Kafka's client says twenty times a second that the broker is away. Lines are of a kind where
    logger, level and text are the same but for numbers. Our own are never held back: each tells
    of an alert or a mention of its own.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._kinds: OrderedDict[tuple[str, int, str], _Kind] = OrderedDict()

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.partition(".")[0] in _OURS:
            return True
        now = self._clock()
        text = _NUMBERS.sub("#", str(record.msg))
        key = (record.name, record.levelno, text)
        kind = self._kinds.get(key)
        if kind is None or now - kind.since >= _EVERY_SECONDS:
            if kind is not None and kind.unsaid:
                record.__dict__["repeated"] = kind.unsaid
            # A line that goes on being repeated is said once each time, a new one thrice.
            said = _IN_A_ROW if kind is not None and kind.unsaid else 1
            self._kinds[key] = _Kind(now, said)
            self._kinds.move_to_end(key)
            if len(self._kinds) > _KINDS:
                self._kinds.popitem(last=False)
            return True
        if kind.said < _IN_A_ROW:
            kind.said += 1
            return True
        kind.unsaid += 1
        return False
