"""The two ways in which servers of Jetstream speak.

v1, ``/subscribe``: a frame is the event. It goes on at a time, rewound a little, for the order is
only nearly that of time. If that is too old, it begins with the oldest it has and doesn't say so.

v2, ``…subscribeEvents`` (August 2026): events stand in envelopes and are numbered without
exception. It goes on at a number of this server's, or at a time; one that is too old it refuses
(``CursorTooOld``), the other it moves up and says so (``OutdatedCursor``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

from detectors.records import InvalidRecord, loads
from detectors.records.codec import as_object, read_text, require_count, require_text
from detectors.records.times import from_epoch, parse_time
from listener.connectors.jetstream.events import (
    FIRST_TIME_US,
    POSTS,
    REPOSTS,
    Event,
    in_time_us,
    what_of,
)
from listener.connectors.jetstream.position import Position
from listener.connectors.jetstream.settings import JetstreamSettings, WireName

REWIND_US: Final = 5_000_000
_MICROSECOND: Final = timedelta(microseconds=1)

Parameters = dict[str, str | list[str]]


@dataclass(frozen=True, slots=True)
class Notice:
    """What a server of wire v2 says of the stream itself, by its fixed name."""

    name: str


class Wire(Protocol):
    """How to ask, and how to read what comes."""

    subprotocols: tuple[str, ...]

    def parameters(self, settings: JetstreamSettings, position: Position) -> Parameters: ...

    def read(self, frame: bytes) -> Event | Notice:
        """Raises `InvalidRecord`."""
        ...

    def after(self, position: Position, event: Event, latest_us: int) -> Position: ...


class V1:
    """Bluesky's first wire; a frame is the event."""

    subprotocols: tuple[str, ...] = ()

    def parameters(self, settings: JetstreamSettings, position: Position) -> Parameters:
        return {
            "wantedCollections": _collections(settings),
            "wantedDids": list(settings.dids),
            "cursor": _rewound(position),
        }

    def read(self, frame: bytes) -> Event:
        event = as_object(loads(frame), "frame")
        time_us = in_time_us(require_count(event, "time_us"))
        kind = require_text(event, "kind")
        body: Mapping[str, object] = {}
        if kind == "commit":
            body = as_object(event.get("commit"), "commit")
        elif kind == "account":
            body = as_object(event.get("account"), "account")
        return Event(require_text(event, "did"), time_us, what_of(kind, body), body)

    def after(self, position: Position, event: Event, latest_us: int) -> Position:
        """A wrong time far ahead would make the next connection skip what is between."""
        return Position(max(position.time_us, min(event.time_us, latest_us)))


class V2:
    """The wire of August 2026; events stand in envelopes and are numbered without exception."""

    subprotocols: tuple[str, ...] = ("xrpc.v1.json",)

    def __init__(self, host: str) -> None:
        self._host = host

    def parameters(self, settings: JetstreamSettings, position: Position) -> Parameters:
        known = position.seq is not None and position.host == self._host
        return {
            "collections": _collections(settings),
            "dids": list(settings.dids),
            "kinds": ["commit", "account"],
            "cursor": str(position.seq) if known else _rewound(position),
        }

    def read(self, frame: bytes) -> Event | Notice:
        envelope = as_object(loads(frame), "frame")
        if envelope.get("$type") == "error":
            return Notice(read_text(envelope, "error") or "error")
        payload = as_object(envelope.get("payload"), "payload")
        kind = require_text(payload, "$type").rpartition("#")[2]
        if kind == "info":
            return Notice(read_text(payload, "name") or "info")
        body = as_object(payload.get("account"), "account") if kind == "account" else payload
        return Event(
            require_text(payload, "did"),
            _witnessed_us(payload),
            what_of(kind, body),
            body,
            _in_sequence(require_count(payload, "seq")),
        )

    def after(self, position: Position, event: Event, latest_us: int) -> Position:
        return Position(min(event.time_us, latest_us), event.seq, self._host)


def make_wire(name: WireName, host: str) -> Wire:
    return V1() if name == "v1" else V2(host)


def _rewound(position: Position) -> str:
    return str(max(position.time_us - REWIND_US, FIRST_TIME_US))


def _collections(settings: JetstreamSettings) -> list[str]:
    return [POSTS, REPOSTS] if settings.reposts else [POSTS]


def _witnessed_us(payload: Mapping[str, object]) -> int:
    """The time by which a server goes on; older servers tell only the one that is shown."""
    try:
        time = parse_time(payload.get("witnessedAt") or payload.get("time"))
    except ValueError as error:
        raise InvalidRecord("bad_date", f"time: {error}") from None
    return in_time_us((time - from_epoch(0)) // _MICROSECOND)


def _in_sequence(seq: int) -> int:
    if seq >= FIRST_TIME_US:
        raise InvalidRecord("bad_field", "seq: expected a sequence number")
    return seq
