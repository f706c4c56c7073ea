"""A sample of the mentions on a stretch of one partition of `mentions`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from random import random
from typing import Final, Protocol

from detectors.records import Mention
from detectors.records.envelope import parse_envelope
from listener.engines.kafka.log_end import Placed

_PLACES: Final = 10


class End(Protocol):
    """What is needed of a `LogEnd`."""

    async def first_since(self, partitions: Sequence[int], at: datetime) -> dict[int, int]: ...

    async def ends(self, partitions: Sequence[int]) -> dict[int, int]: ...

    async def read(self, partition: int, offset: int, most: int) -> list[Placed]: ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Sample:
    """The mentions read at each place, and how many times as many there are."""

    places: Sequence[Sequence[Mention]]
    scale: float


async def take_sample(end: End, partition: int, offsets: range, most: int, now: datetime) -> Sample:
    """About `most` mentions at places spread over the offsets, each mention once.

    One place at random in each tenth (stratified sampling: Cochran 1977, ch. 5), so that whatever
    has just begun at the very end is found at one of the next looks, if not at this one.
    At each place records are read until they hold its part. The scale goes by offsets, whether
    or not each of them holds a record, and by mentions where envelopes hold more than are wanted.
    """
    places: list[list[Mention]] = []
    seen: set[str] = set()
    part, covered, reached = most // _PLACES, 0, offsets.start
    for number in range(_PLACES):
        tenth = number + random()  # noqa: S311 - a sample, and no secret
        start = max(offsets.start + int(tenth * len(offsets) / _PLACES), reached)
        if start >= offsets.stop:
            break
        mentions: list[Mention] = []
        for record in await end.read(partition, start, part):
            if record.offset >= offsets.stop or len(mentions) >= part:
                break
            envelope, _ = parse_envelope(record.value, now=now)
            new = {one.key: one for one in envelope.mentions if one.key not in seen}
            mentions += new.values()
            seen.update(new)
            reached = record.offset + 1
        if reached > start:
            covered += reached - start
            places.append(mentions)
    read = sum(map(len, places))
    every = max(-(-read // most), 1)
    kept = [some[number % every :: every] for number, some in enumerate(places)]
    left = sum(map(len, kept))
    return Sample(kept, max(len(offsets) / covered * read / left, 1.0) if left else 1.0)
