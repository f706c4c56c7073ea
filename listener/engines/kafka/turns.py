"""Whose turn it is: the partitions that records are taken from next.

Faust takes from every partition until a stream's queue is full, then leaves out whichever partition
the next record is of, for as long as the queue is. Under load some partitions then stand still for
minutes while others run ahead (docs/faust/starved_partition.py). Event time waits for the slowest,
and detection has to keep in memory what the others said meanwhile.

Here a topic whose stream holds enough brings nothing more, and of the others those partitions come
first that are furthest behind, by the dates of their records: what was written at the same time is
read at about the same time. Flink calls that watermark alignment (FLIP-182).
"""

from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass
from typing import Final

from faust.types import TP

_DRIFT_MS: Final = 500
# Nobody waits for one that brings nothing so many times in a row, though there is more of it: its
# broker may be away.
_PATIENCE: Final = 20


@dataclass(slots=True)
class _Read:
    """How far a partition was read, by the date of its last record in milliseconds since 1970, and
    how many records were `left` then."""

    at: int
    left: int
    asked: int = 0

    @property
    def is_behind(self) -> bool:
        return self.left > 0 and self.asked <= _PATIENCE


class Turns:
    """Told what was read, says what to ask for."""

    def __init__(self, has_room: Callable[[str], bool]) -> None:
        """`has_room` says whether a topic's stream takes more."""
        self._has_room = has_room
        self._read: dict[TP, _Read] = {}

    def brought(self, place: TP, at: int, left: int) -> None:
        """A partition was read up to a record dated `at`, in milliseconds since 1970.

        So many records are `left` in it, as far as is known.
        """
        self._read[place] = _Read(at, left)

    def left(self, topic: str) -> int:
        """How many records of the topic have not been brought, as far as is known."""
        known = ((place, read) for place, read in self._read.items() if read.is_behind)
        return sum(read.left for place, read in known if place.topic == topic)

    def next(self, places: Set[TP]) -> set[TP]:
        """Those that it is the turn of, to be asked for now, among all the partitions that are
        here."""
        self._read = {place: read for place, read in self._read.items() if place in places}
        by_topic: dict[str, list[TP]] = {}
        for place in places:
            by_topic.setdefault(place.topic, []).append(place)
        wanted = {
            place
            for topic, some in by_topic.items()
            if self._has_room(topic)
            for place in self._furthest_behind(some)
        }
        for place in wanted & self._read.keys():
            self._read[place].asked += 1
        return wanted

    def _furthest_behind(self, places: Iterable[TP]) -> list[TP]:
        """Of one topic; those of which nothing is known yet are among them."""
        known = {place: self._read.get(place) for place in places}
        behind = [read.at for read in known.values() if read is not None and read.is_behind]
        if not behind:
            return [*known]
        latest = min(behind) + _DRIFT_MS
        return [place for place, read in known.items() if read is None or read.at <= latest]
