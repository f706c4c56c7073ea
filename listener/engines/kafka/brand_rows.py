"""The rows of the states table: a brand's state with the alerts still to be sent, and the clock."""

import zlib
from collections.abc import Collection, Mapping, Sequence
from typing import Final

import structlog

from detectors.brand_state import BrandState
from detectors.detector import Detector
from detectors.records import SCHEMA_VERSION, Alert, InvalidRecord, Progress, dumps, loads
from detectors.records.codec import as_list, as_object
from detectors.records.times import from_epoch
from listener.engines.kafka.rows import Row, Versions

TURN: Final = 300.0
"""Within so many seconds the rows of all brands are stored again, and within a minute more."""
_FAST: Final = 1
# A state that holds all that it may ahead of event time has some 50 MB; packed, all rows fit into
# a record, but a small one made on purpose unpacks to a thousand times its size.
_MAX_UNPACKED: Final = 128 * 1024 * 1024

log = structlog.get_logger()


class DetectPartition:
    """What is known of the brands of one partition of `tallies`, and how its rows are numbered."""

    def __init__(self, number: int, detector: Detector, versions: Versions, now: float) -> None:
        """`now` is in seconds, of any clock that only goes ahead."""
        self.number = number
        self.detector = detector
        self.versions = versions
        self._turn = 0.0
        self._turns_told = now

    def whose_turn_it_is(self, now: float) -> list[BrandState]:
        """The brands that are to be stored again since the last call: each once in `TURN`."""
        states = [*self.detector.states.values()]
        passed, self._turns_told = now - self._turns_told, now
        begun = self._turn
        self._turn += len(states) * min(passed / TURN, 1.0)
        return [states[place % len(states)] for place in range(int(begun), int(self._turn))]


def brand_row(state: Mapping[str, object], unsent: Sequence[object]) -> bytes:
    """A brand's state and its unsent alerts, both in their JSON form."""
    return zlib.compress(dumps({"state": state, "alerts": unsent}), _FAST)


def read_brands(
    rows: Mapping[bytes, Row], brands: Collection[str], windows: tuple[int, ...]
) -> list[tuple[BrandState, list[Alert]]]:
    """What the rows of one partition hold of `brands`."""
    read = [
        read_brand(row, brand, windows)
        for key, row in rows.items()
        if (brand := key.decode(errors="replace")) in brands
    ]
    return [found for found in read if found is not None]


def read_brand(
    row: Row, brand: str, windows: tuple[int, ...]
) -> tuple[BrandState, list[Alert]] | None:
    """What `brand_row` made; nothing where it can't be read, so that the brand starts anew."""
    try:
        record = as_object(loads(_unpacked(row.value)), "row")
        state = BrandState.from_json(record.get("state"), windows)
        if state.brand != brand:
            raise InvalidRecord("bad_field", f"brand: this is the state of {state.brand!r}")
        unsent = [Alert.from_json(item) for item in as_list(record.get("alerts"), "alerts")]
    except (ValueError, TypeError, KeyError, zlib.error) as error:
        log.warning("unreadable state, the brand starts anew", brand=brand, error=str(error))
        return None
    return state, unsent


def _unpacked(value: bytes) -> bytes:
    unpacking = zlib.decompressobj()
    found = unpacking.decompress(value, _MAX_UNPACKED)
    if not unpacking.eof:
        raise InvalidRecord("too_large", f"row is cut off, or over {_MAX_UNPACKED} bytes unpacked")
    return found


def clock_row(reached: Mapping[int, int]) -> bytes:
    """How far each source partition is, in Unix seconds."""
    record = {"schema_version": SCHEMA_VERSION, "reached": [list(item) for item in reached.items()]}
    return dumps(record)


def clock_key(partition: int) -> bytes:
    """A row that is no brand's: a brand's name can't begin with this character."""
    return f"\x1f{partition}".encode()


def read_clock(row: Row | None, sources: int) -> list[Progress]:
    """How far event time was; nothing where the row can't be read, so that it is told anew."""
    if row is None:
        return []
    progress = []
    try:
        items = as_list(as_object(loads(row.value), "clock").get("reached"), "reached")
        for item in items:
            match item:
                case [int(source), int(at)] if source in range(sources):
                    progress.append(Progress(source, from_epoch(at)))
    except (ValueError, OverflowError) as error:
        log.warning("unreadable clock", error=str(error))
        return []
    return progress
