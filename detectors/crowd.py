"""How many different people: one account that posts two hundred times is not a crowd.

The authors of a stretch of time are kept as the `KEPT` smallest hashes of their names. That holds
every author of a small crowd, merges in any order, and tells how many there are of a large one:
with U the largest kept hash as a fraction of the range, (k - 1) / U (Bar-Yossef et al. 2002;
Beyer et al. 2007), within an eighth or so.
"""

import hashlib
from array import array
from collections.abc import Iterable, Sequence
from typing import Final, TypeGuard

KEPT: Final = 64
_RANGE: Final = 2**32


def author_key(source: str, author: str) -> int:
    """A number for an author on one platform, the same in every process."""
    name = f"{source}\x1f{author}".encode(errors="replace")
    return int.from_bytes(hashlib.blake2b(name, digest_size=4).digest(), "big")


def is_key(value: object) -> TypeGuard[int]:
    """Whether this can be what `author_key` gives."""
    return type(value) is int and 0 <= value < _RANGE


def merged(one: Iterable[int], other: Iterable[int]) -> Sequence[int]:
    """The authors of both, in four bytes each: there are a dozen such crowds of every brand."""
    return array("I", sorted({*one, *other})[:KEPT])


def how_many(keys: Iterable[int]) -> float:
    """The authors that `keys` stand for; exact below `KEPT`."""
    kept = sorted(set(keys))[:KEPT]
    if len(kept) < KEPT:
        return float(len(kept))
    return (KEPT - 1) * _RANGE / (kept[-1] + 1)
