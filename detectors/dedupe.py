"""Which mentions have been seen before: a bounded set, for counting each mention once.

A mention that comes again bears the same key and the same time of publication, so keys are kept
by the hour of publication: looking one up touches one small table, and forgetting is dropping
whole hours. Where there are too many, those of the oldest hour go that came first. Hashes of 64
bits stand for the keys: with ten million of them the odds that any two collide are about 1 in
400,000.
"""

import hashlib
from array import array
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.digests import Digests
from detectors.records import Deletion, Mention
from detectors.records.mention import mention_key
from detectors.records.times import epoch

HORIZON_HOURS: Final = 48
MAX_KEYS: Final = 1_000_000
_HOUR: Final = 3600
_FEW: Final = 100
"""Where there is no more room, at most so many a part of all is dropped at once."""

SeenKey = tuple[int, int]
"""The hour of publication (Unix time // 3600) and the hash of the mention's key."""


class SeenHour(NamedTuple):
    """Keys of one hour of publication, in the order in which they came."""

    hour: int
    digests: npt.NDArray[np.int64]


def by_hour(keys: Iterable[SeenKey]) -> list[SeenHour]:
    """The same keys, those of an hour together."""
    hours: defaultdict[int, array[int]] = defaultdict(lambda: array("q"))
    for hour, digest in keys:
        hours[hour].append(digest)
    return [SeenHour(hour, np.frombuffer(digests, np.int64)) for hour, digests in hours.items()]


def seen_key(mention: Mention) -> SeenKey:
    return epoch(mention.published_at) // _HOUR, _digest(mention.key)


def _digest(key: str) -> int:
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), signed=True)


def _reposted(key: str) -> int:
    """Says that reposts of the mention with this key were seen, which it may not have been."""
    return _digest(f"{key}\x1freposted")


class Seen:
    """Remembers `HORIZON_HOURS` of event time, and at most `max_keys` mentions.

    `evicted` counts the keys that were dropped for want of room, before their time.
    """

    def __init__(self, max_keys: int = MAX_KEYS) -> None:
        self.evicted = 0
        self._max_keys = max_keys
        self._hours: dict[int, Digests] = {}
        self._size = 0
        self._fresh: list[SeenKey] = []

    def __len__(self) -> int:
        return self._size

    def only_new(self, mentions: Iterable[Mention]) -> list[Mention]:
        """Those that were not seen before, which from now on they are."""
        new = []
        for mention in mentions:
            key = seen_key(mention)
            if self._add(key):
                self._fresh.append(key)
                new.append(mention)
                if mention.repost_of is not None:
                    original = mention_key(mention.source, mention.repost_of)
                    mark = key[0], _reposted(original)
                    if self._add(mark):
                        self._fresh.append(mark)
        return new

    def knows(self, deletion: Deletion) -> bool:
        """Whether it may take back anything that is remembered.

        Always of an author's: whose mentions they were is not remembered.
        """
        if deletion.key is None:
            return True
        marks = _digest(deletion.key), _reposted(deletion.key)
        return any(mark in known for known in self._hours.values() for mark in marks)

    def take_fresh(self) -> list[SeenKey]:
        """The keys added since the last call: what has to be stored."""
        fresh, self._fresh = self._fresh, []
        return fresh

    def restore(self, stored: Iterable[SeenHour]) -> None:
        """Put stored keys back, in the order in which they were stored.

        Those of the latest hours first, and of an hour those that came last, as far as there is
        room: a store may hold many times more.
        """
        parts = defaultdict[int, list[npt.NDArray[np.int64]]](list)
        for hour, digests in stored:
            parts[hour].append(digests)
        for hour in sorted(parts, reverse=True):
            came, room = np.concatenate(parts[hour]), self._max_keys - self._size
            if len(came) > room:
                firsts = np.sort(np.unique(came, return_index=True)[1])
                over = max(len(firsts) - room, 0)
                came = came[firsts[over:]]
                self.evicted += over
            if len(came):
                self._size += self._of(hour).update(came)

    def expire(self, watermark: datetime) -> int | None:
        """Forget what lies beyond the horizon; gives the first hour that is still remembered.

        That hour is `None` where nothing was forgotten.
        """
        first = epoch(watermark) // _HOUR - HORIZON_HOURS
        expired = [hour for hour in self._hours if hour < first]
        for hour in expired:
            self._size -= len(self._hours.pop(hour))
        return first if expired else None

    def _add(self, key: SeenKey) -> bool:
        hour, digest = key
        if not self._of(hour).add(digest):
            return False
        self._size += 1
        if self._size > self._max_keys:
            self._drop_oldest()
        return True

    def _of(self, hour: int) -> Digests:
        known = self._hours.get(hour)
        if known is None:
            known = self._hours[hour] = Digests(max(self._max_keys // _FEW, 1))
        return known

    def _drop_oldest(self) -> None:
        hour = min(self._hours)
        known = self._hours[hour]
        dropped = known.drop_oldest()
        if not known:
            del self._hours[hour]
        self._size -= dropped
        self.evicted += dropped
