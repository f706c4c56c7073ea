"""Made-up ends of a log, and glances at them."""

import random
from collections.abc import Sequence

from detectors.crowd import author_key
from detectors.records import Bucket, Glance
from detectors.records.times import from_epoch
from tests.unit.detectors.streams import BRAND, bucket

SPAN = 300
PLACES = 10


def glance(
    found: Sequence[tuple[int, int]],
    *,
    at: int,
    scale: float = 1.0,
    partition: int = 0,
    people: Sequence[str] = (),
    alarming: int = 0,
    behind: int = 600,
) -> Glance:
    """Of (negative, other) mentions found at each place; `people` wrote the negative ones.

    Without them each is by somebody else. At every place, `alarming` of the negative ones alarm.
    """
    whole, writers = Bucket(), []
    names = iter(people)
    for number, (negative, others) in enumerate(found):
        for place in range(negative):
            name = next(names, f"{partition}/{number}/{place}")
            whole.merge(bucket(1, alarming=int(place < alarming), author=name, at=at - 20))
            writers.append(author_key("chirp", name))
        whole.merge(bucket(0, others, at=at - 20))
    return Glance(
        brand=BRAND,
        partition=partition,
        taken_at=from_epoch(at),
        begin=at - SPAN,
        end=at,
        behind=behind,
        scale=scale,
        places=[(negative, min(alarming, negative)) for negative, _ in found],
        writers=writers,
        bucket=whole,
    )


def sampled(
    dice: random.Random, at: int, *, mentions: int, negative: int, takes: int, partition: int = 0
) -> Glance:
    """A glance at `takes` mentions of the brand of `mentions`, of which so many are `negative`."""
    log = [place < negative for place in range(mentions)]
    dice.shuffle(log)
    taken = log[:takes]
    found = [taken[place::PLACES] for place in range(PLACES)]
    return glance(
        [(sum(some), len(some) - sum(some)) for some in found],
        at=at,
        scale=max(mentions / takes, 1.0),
        partition=partition,
    )
