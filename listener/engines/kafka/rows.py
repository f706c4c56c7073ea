"""What a table's changelog gave back, kept by partition until a stage asks for it.

A worker that was cut off (paused, or behind a broken network) may write rows after another took
its partitions over, and a row that was sent again may come in behind a newer one. So every row
bears a version, which only grows with the group's generation, and the highest version wins,
whatever the order in the changelog.
"""

import struct
from collections.abc import Collection, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Final, Protocol

_VERSION: Final = "version"
_FORMAT: Final = struct.Struct(">QQ")
# No group comes so far. Above what a row claims to be, there has to be room for those to come.
_LARGEST: Final = 2**62


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """`epoch` grows with every worker that takes a partition over, `number` with every row."""

    epoch: int = 0
    number: int = 0

    @property
    def headers(self) -> list[tuple[str, bytes]]:
        return [(_VERSION, _FORMAT.pack(self.epoch, self.number))]


@dataclass(frozen=True, slots=True)
class Row:
    """One row, as its worker wrote it.

    `is_last` says that it is the last of its key on the changelog: compaction leaves that one.
    """

    value: bytes
    version: Version = Version()
    is_last: bool = True


class Versions:
    """What a worker's rows of one partition are numbered by, above all that it found."""

    def __init__(self, found: Iterable[Row], generation: int) -> None:
        # The generation begins anew where the group was deleted, and rows must go on growing: also
        # where one that took over wrote nothing before the next one did.
        newest = max((row.version.epoch for row in found), default=0)
        self.epoch = newest + generation
        self._numbers = count()

    def next(self) -> Version:
        return Version(self.epoch, next(self._numbers))


class ChangelogRecord(Protocol):
    """Kafka's record as Faust hands it over."""

    @property
    def partition(self) -> int: ...

    @property
    def key(self) -> bytes | None: ...

    @property
    def value(self) -> bytes | None: ...

    @property
    def headers(self) -> object: ...


class Rows:
    """The rows of one table, of all partitions that have ever been here.

    None is dropped when its partition goes: where two moves overlap, Faust reads on from where it
    was, and a row too many is harmless where one too few is not.
    """

    def __init__(self) -> None:
        self._partitions: dict[int, dict[bytes, Row]] = {}
        self.taken = 0

    def take(self, record: ChangelogRecord) -> None:
        """One record of the changelog, in the changelog's order."""
        self.taken += 1
        if record.key is None:
            return
        rows = self._partitions.setdefault(record.partition, {})
        if record.value is None:
            rows.pop(record.key, None)
            return
        version = _version_of(record.headers)
        known = rows.get(record.key)
        if known is None or version >= known.version:
            rows[record.key] = Row(record.value, version)
        else:
            rows[record.key] = replace(known, is_last=False)

    def of(self, partition: int) -> MutableMapping[bytes, Row]:
        """Whoever knows that a row is over may take it out."""
        return self._partitions.setdefault(partition, {})


def _version_of(headers: object) -> Version:
    """The lowest version for a row that bears none, or an impossible one: that is none of ours."""
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    if isinstance(pairs, Collection):
        for pair in pairs:
            match pair:
                case (str(name), bytes(value)) if name == _VERSION and len(value) == _FORMAT.size:
                    found = Version(*_FORMAT.unpack(value))
                    return found if max(found.epoch, found.number) < _LARGEST else Version()
    return Version()
