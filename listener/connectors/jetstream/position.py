"""How far Jetstream was read: the connector's cursor.

Both wires take a time as a cursor. So a cursor of one wire, or of another server, serves the
other by its time.
"""

from dataclasses import dataclass
from typing import Final

from detectors.records import InvalidRecord, dumps, loads
from detectors.records.codec import is_object
from listener.connectors.jetstream.events import FIRST_TIME_US, LAST_TIME_US
from listener.connectors.jetstream.settings import WireName
from listener.errors import UsageError

_MAX_DIGITS: Final = 16


@dataclass(frozen=True, slots=True)
class Position:
    """Up to where all was brought: a time in Unix microseconds; on wire v2 also the number of the
    last event at `host`, which has its port where that is not the usual one."""

    time_us: int
    seq: int | None = None
    host: str | None = None

    def by_time(self) -> "Position":
        """The same, for a server that doesn't know the number."""
        return Position(self.time_us)

    def cursor(self) -> str:
        """The mere time where that is all there is."""
        if self.seq is None:
            return str(self.time_us)
        return dumps({"time_us": self.time_us, "seq": self.seq, "host": self.host}).decode()


def parse_cursor(cursor: str, wire: WireName, host: str) -> Position | None:
    """A cursor of either wire; what is none counts as none.

    A bare number below `FIRST_TIME_US`, as a person may give it, is a sequence number of this
    server; raises `UsageError` on wire v1, where the servers take none.
    """
    if not cursor.isdecimal() or len(cursor) > _MAX_DIGITS:
        return _parse_object(cursor)
    number = int(cursor)
    if number >= FIRST_TIME_US:
        return Position(number)
    if wire == "v1":
        raise UsageError(
            f"cursor {number} is a sequence number of wire v2; set wire: v2, or give a time in "
            "Unix microseconds"
        )
    return Position(FIRST_TIME_US, number, host)


def _parse_object(cursor: str) -> Position | None:
    try:
        told = loads(cursor)
    except InvalidRecord:
        return None
    if not is_object(told):
        return None
    time_us, seq, host = told.get("time_us"), told.get("seq"), told.get("host")
    if not isinstance(time_us, int) or not FIRST_TIME_US <= time_us < LAST_TIME_US:
        return None
    if isinstance(seq, int) and 0 <= seq < FIRST_TIME_US and isinstance(host, str):
        return Position(time_us, seq, host)
    return Position(time_us)
