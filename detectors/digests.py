"""A set of hashes that takes little memory and knows about what came first.

Python's own sets hold a number of 64 bits in some 80 bytes; here it takes 10: its place in a sorted
array, one of `_SHARDS` by its last bits so that putting it there moves little, and a byte that says
in which portion of all it came. For two to four µs a number, where a mention takes ninety; for a
tenth of that where very many come at once, as they do into an empty one.
"""

from array import array
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator
from itertools import chain, compress, pairwise, repeat
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

_SHARDS: Final = 256
_TYPE: Final = "q"  # 64 bits, signed
_PORTIONS: Final = 256  # told apart: more are joined


class _Shard(NamedTuple):
    """Numbers in order, and beside each the portion that it came in."""

    digests: "array[int]"
    portions: bytearray


class Digests:
    """Numbers of 64 bits, each once, in portions of about `portion` by when they came."""

    def __init__(self, portion: int = 1) -> None:
        self._portion = portion
        self._shards: dict[int, _Shard] = {}
        self._sizes: deque[int] = deque()  # of the portions, oldest first
        self._first = 0  # the number of the oldest
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def __contains__(self, digest: int) -> bool:
        shard = self._shards.get(digest % _SHARDS)
        return shard is not None and _holds(shard, bisect_left(shard.digests, digest), digest)

    def add(self, digest: int) -> bool:
        """Whether it was not there before."""
        shard = self._shards.get(digest % _SHARDS)
        if shard is None:
            shard = self._shards[digest % _SHARDS] = _Shard(array(_TYPE), bytearray())
        place = bisect_left(shard.digests, digest)
        if _holds(shard, place, digest):
            return False
        ((portion, _),) = self._room_for(1)
        shard.digests.insert(place, digest)
        shard.portions.insert(place, portion)
        return True

    def update(self, came: npt.NDArray[np.int64]) -> int:
        """Add many, in the order in which they came; gives how many were not there before."""
        if self._size or len(came) < _SHARDS:  # no gain from sorting
            return sum(map(self.add, came.tolist()))
        # Where in `came` each of the new ones stands first, by shard and then by number.
        _, places = np.unique(came, return_index=True)
        places = places[np.argsort((came[places] % _SHARDS).astype(np.uint8), kind="stable")]
        portions = np.zeros(len(came), np.uint8)
        portions[np.sort(places)] = [
            *chain.from_iterable(repeat(*room) for room in self._room_for(len(places)))
        ]
        new = came[places]
        ends = np.cumsum(np.bincount(new % _SHARDS, minlength=_SHARDS)).tolist()
        for number, (begin, end) in enumerate(pairwise([0, *ends])):
            self._shards[number] = _Shard(
                array(_TYPE, new[begin:end].tobytes()),
                bytearray(portions[places[begin:end]].tobytes()),
            )
        return len(new)

    def _room_for(self, count: int) -> Iterator[tuple[int, int]]:
        """The portions that so many more belong to, each with how many of them."""
        while count:
            if not self._sizes or (
                self._sizes[-1] >= self._portion and len(self._sizes) < _PORTIONS
            ):
                self._sizes.append(0)
            some = count
            if len(self._sizes) < _PORTIONS:
                some = min(count, self._portion - self._sizes[-1])
            self._sizes[-1] += some
            self._size += some
            count -= some
            yield (self._first + len(self._sizes) - 1) % _PORTIONS, some

    def drop_oldest(self) -> int:
        """Forget the portion that came first; gives how many there were in it."""
        if not self._sizes:
            return 0
        oldest = bytes([self._first % _PORTIONS])
        for number, (digests, portions) in self._shards.items():
            if oldest in portions:
                kept = array(_TYPE, compress(digests, portions.translate(_ALL_BUT[oldest[0]])))
                self._shards[number] = _Shard(kept, portions.translate(None, oldest))
        dropped = self._sizes.popleft()
        self._size -= dropped
        self._first += 1
        return dropped


# For each portion what makes 0 of it and something else of all others.
_ALL_BUT: Final = [bytes(int(other != one) for other in range(256)) for one in range(256)]


def _holds(shard: _Shard, place: int, digest: int) -> bool:
    return place < len(shard.digests) and shard.digests[place] == digest
