"""The rows in which one partition's keys of mentions seen are stored: few, and bounded.

What was seen is stored with every flush, as its records are acknowledged behind it. A row of its
own each time would make a hundred thousand a day, and whoever takes the partition over reads them
all. So the last row is stored again with more in it, until it holds `_FULL` keys; then the next
one begins. A row goes once all that it holds is over, or once more is stored than is remembered.

Its key bears the offset that it began at and a word of its worker's own: two workers never write
to the same row, however late one of them learns that it is alone no more.
"""

import secrets
from collections.abc import Iterable, Iterator, MutableMapping
from dataclasses import dataclass
from typing import Final

import structlog

from detectors.dedupe import MAX_KEYS, SeenHour, SeenKey, by_hour
from detectors.records import InvalidRecord
from listener.engines.kafka.records import Outgoing
from listener.engines.kafka.rows import Row, Versions
from listener.engines.kafka.seen_format import read_seen, write_seen

_FULL: Final = 200
_FEW: Final = 100  # where there is no more room, so many a part of all goes at once
_AT_ONCE: Final = 500  # tombstones: a worker of before may have left a hundred thousand rows

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Stored:
    """Of one row: the last hour of publication in it, and how many keys."""

    hour: int
    keys: int


class SeenRows:
    """The rows of one partition; `done` is the offset up to which they stand for it."""

    def __init__(
        self, topic: str, partition: int, found: MutableMapping[bytes, Row], generation: int
    ) -> None:
        """`found` are the rows as recovered; those that are over are taken out of it."""
        self.done = -1
        self._topic = topic
        self._partition = partition
        self._found = found
        self._own = secrets.token_hex(4)
        self._versions = Versions(found.values(), generation)
        self._stored: dict[bytes, _Stored] = {}
        self._size = 0
        self._last = b""  # the row that says what is done
        self._open: list[SeenKey] | None = None  # what is in the last row, if it is ours
        self._first = 0  # the hour that was asked for last

    def restore(self) -> Iterator[SeenHour]:
        """Take up the rows that were found; gives the keys in them.

        They are found again if the partition goes and comes back, so they are kept.
        """
        for key, row in self._found.items():
            try:
                offset, hours = read_seen(row.value)
            except InvalidRecord as error:
                log.warning("unreadable row of keys seen", key=repr(key[:80]), error=str(error))
                continue
            self._note(key, hours)
            if offset > self.done:
                self.done, self._last = offset, key
            yield from hours

    def store(self, offset: int, keys: Iterable[SeenKey]) -> Outgoing:
        """The row that says what was seen since the last one, up to and with `offset`."""
        if self._open is None or len(self._open) >= _FULL:
            self._open = []
            self._last = f"{self._partition}:{offset}:{self._own}".encode()
        self._open += keys
        self.done = offset
        hours = by_hour(self._open)
        self._note(self._last, hours)
        return self._row(self._last, write_seen(offset, hours))

    def expire(self, first: int) -> list[Outgoing]:
        """Tombstones for rows of before the hour `first`, and of what is too much to remember.

        For some of them, where there are many: the next call has more.
        """
        most = MAX_KEYS
        if self._size > MAX_KEYS:
            most -= MAX_KEYS // _FEW
        elif first == self._first:
            return []
        over = self._over(first, most)
        if len(over) < _AT_ONCE:
            self._first = first
        for key in over:
            self._size -= self._stored.pop(key).keys
            self._found.pop(key, None)
        return [self._row(key, None) for key in over]

    def _over(self, first: int, most: int) -> list[bytes]:
        size, over = self._size, list[bytes]()
        for key in sorted(self._stored.keys() - {self._last}, key=self._hour_of):
            if len(over) == _AT_ONCE or (self._hour_of(key) >= first and size <= most):
                break
            size -= self._stored[key].keys
            over.append(key)
        return over

    def _hour_of(self, key: bytes) -> int:
        return self._stored[key].hour

    def _note(self, key: bytes, hours: list[SeenHour]) -> None:
        before = self._stored.get(key)
        now = _Stored(max((hour for hour, _ in hours), default=0), sum(len(d) for _, d in hours))
        self._size += now.keys - (before.keys if before else 0)
        self._stored[key] = now

    def _row(self, key: bytes, value: bytes | None) -> Outgoing:
        return Outgoing(self._topic, self._partition, key, value, self._versions.next())
