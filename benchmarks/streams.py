"""Made-up streams for the benchmarks of detection."""

import math
import random

from detectors.records import Bucket, Counts, Sample
from detectors.records.times import from_epoch


def seeded(seed: int) -> random.Random:
    """Chance that comes out the same every time."""
    return random.Random(seed)  # noqa: S311  # examples, no secrets


def poisson(mean: float, chance: random.Random) -> int:
    """A Poisson count; from 50 on by the normal distribution."""
    if mean > 50:
        return max(round(chance.gauss(mean, math.sqrt(mean))), 0)
    limit, product, count = math.exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        count += 1
    return count


def counted(negative: int, other: int, chance: random.Random) -> Bucket:
    """What was said in one step, each mention by somebody else; without a post to show."""
    made = Bucket(Counts(mentions=negative + other, negative=negative, neutral=other))
    made.add_source("social/x", negative + other, negative)
    made.add_language("en", negative + other)
    made.add_authors([chance.getrandbits(32) for _ in range(negative)], [])
    return made


def bucket(at: int, negative: int, other: int, chance: random.Random) -> Bucket:
    """The same, with a post."""
    made = counted(negative, other, chance)
    if negative:
        number = chance.randrange(10**12)
        post = Sample(str(number), "x", "social", "a made-up post " * 8, from_epoch(at), "somebody")
        made.add_samples([post], [post])
    return made
