"""What a row of keys seen holds: the offset that it stands for, and keys by their hour.

A byte that says which format this is, then numbers of 64 bits, little-endian: the offset, and for
each hour the hour, how many keys it has, and their hashes. Whoever takes a partition over has a
million to read before it scores anything, which takes many times as long from JSON, as it was
written up to 0.3.0.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

import numpy as np
import numpy.typing as npt

from detectors.dedupe import SeenHour, SeenKey, by_hour
from detectors.records import InvalidRecord, loads
from detectors.records.codec import as_list, as_object, require_count

_FORMAT: Final = b"\1"  # no JSON begins so
_NUMBERS: Final = np.dtype("<i8")
_MOST: Final = 2**63


def write_seen(offset: int, hours: Iterable[SeenHour]) -> bytes:
    """The value of a row."""
    numbers = [np.array([offset], _NUMBERS)]
    for hour, digests in hours:
        numbers += [np.array([hour, len(digests)], _NUMBERS), digests.astype(_NUMBERS)]
    return _FORMAT + np.concatenate(numbers).tobytes()


def read_seen(value: bytes) -> tuple[int, list[SeenHour]]:
    """The offset and the keys; raises `InvalidRecord`."""
    if value.startswith(_FORMAT):
        return _read(value)
    record = as_object(loads(value), "seen")
    pairs = _pairs(as_list(record.get("keys"), "keys"))
    return require_count(record, "offset"), by_hour(pairs)


def _read(value: bytes) -> tuple[int, list[SeenHour]]:
    head = len(_FORMAT) + _NUMBERS.itemsize
    if len(value) < head or (len(value) - head) % _NUMBERS.itemsize:
        raise InvalidRecord("bad_field", "seen: cut off")
    numbers = np.frombuffer(value, _NUMBERS, offset=len(_FORMAT))
    offset = int(numbers[0])
    if offset < 0:
        raise InvalidRecord("bad_field", f"seen: {offset} is no offset")
    return offset, [*_hours(numbers[1:])]


def _hours(numbers: npt.NDArray[np.int64]) -> Iterator[SeenHour]:
    while len(numbers):
        hour, size = numbers[:2].tolist() if len(numbers) > 1 else (0, -1)
        if not 1 <= size <= len(numbers) - 2:
            raise InvalidRecord("bad_field", "seen: an hour that is cut off")
        yield SeenHour(hour, numbers[2 : 2 + size])
        numbers = numbers[2 + size :]


def _pairs(pairs: list[object]) -> list[SeenKey]:
    """All looked at together, which is quicker."""
    if {list}.issuperset(map(type, pairs)) and {2}.issuperset(map(len, pairs)):  # type: ignore[arg-type]  # lists by now
        numbers: list[int] = [*chain.from_iterable(pairs)]  # type: ignore[arg-type]  # looked at below
        if {int}.issuperset(map(type, numbers)) and -_MOST <= min(numbers, default=0) <= max(
            numbers, default=0
        ) < _MOST:
            return [*zip(numbers[::2], numbers[1::2], strict=True)]
    raise InvalidRecord("bad_field", "seen: expected [hour, digest of 64 bits]")
