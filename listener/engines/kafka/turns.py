"""Whose turn it is: the partitions that records are taken from next.

Faust takes from every partition until a stream's queue is full, then leaves out whichever partition
the next record is of, for as long as the queue is. Under load some partitions then stand still for
minutes while others run ahead (docs/faust/starved_partition.py). Event time waits for the slowest,
and detection has to keep in memory what the others said meanwhile.

Here a topic whose stream holds enough brings nothing more, and of the others those partitions come
first that are furthest behind, by the dates of their records: what was written at the same time is
read at about the same time. Flink calls that watermark alignment (FLIP-182).
"""

from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import dataclass
from typing import Final

from faust.types import TP

_DRIFT_MS: Final = 500
# Nobody waits for one that has brought nothing for so long, asked so many times, though there is
# more of it: its broker may be away.
_PATIENCE_SECONDS: Final = 1.0
_PATIENCE: Final = 20


@dataclass(slots=True)
class _Read:
    """How far a partition was read, by the date of its last record in milliseconds since 1970, and
    how many records were `left` then; how often it was asked in vain since, and from when on."""

    at: int
    left: int
    asked: int = 0
    since: float = 0.0

    def ask(self, now: float) -> None:
        if not self.asked:
            self.since = now
        self.asked += 1

    def is_behind(self, now: float) -> bool:
        is_away = self.asked > _PATIENCE and now - self.since > _PATIENCE_SECONDS
        return self.left > 0 and not is_away


class Turns:
    """Told what was read, says what to ask for."""

    def __init__(self, has_room: Callable[[str], bool]) -> None:
        """`has_room` says whether a topic's stream takes more."""
        self._has_room = has_room
        self._read: dict[TP, _Read] = {}
        self._now = 0.0

    def brought(self, place: TP, at: int, left: int) -> None:
        """A partition was read up to a record dated `at`, in milliseconds since 1970.

        So many records are `left` in it, as far as is known.
        """
        self._read[place] = _Read(at, left)

    def left(self, topic: str) -> int:
        """How many records of the topic have not been brought, as far as is known."""
        return sum(read.left for place, read in self._behind() if place.topic == topic)

    @property
    def is_expecting(self) -> bool:
        """Whether there is more of any partition."""
        return any(self._behind())

    def next(self, places: Set[TP], now: float) -> set[TP]:
        """Those that it is the turn of, to be asked for now, among all the partitions that are
        here. `now` is in seconds."""
        self._now = now
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
            self._read[place].ask(now)
        return wanted

    def _furthest_behind(self, places: Iterable[TP]) -> list[TP]:
        """Of one topic; those of which nothing is known yet are among them."""
        known = {place: self._read.get(place) for place in places}
        behind = [
            read.at for read in known.values() if read is not None and read.is_behind(self._now)
        ]
        if not behind:
            return [*known]
        latest = min(behind) + _DRIFT_MS
        return [place for place, read in known.items() if read is None or read.at <= latest]

    def _behind(self) -> Iterator[tuple[TP, _Read]]:
        return ((place, read) for place, read in self._read.items() if read.is_behind(self._now))
