"""How many texts a second are matched against the queries of 1, 100 and 1,000 brands, on one core.

    python -m benchmarks.queries [--data ../shared/data]

Every brand has five terms: two names, a handle, a hashtag and a phrase. The texts are generated,
of the size of a tweet, and one in two speaks of a brand; every fourth is not plain ASCII. With
`--data`, the tweets about airlines as well. Goal: 50,000 texts a second at 1,000 brands.

Beside it, measured in the same run: folding alone (what matching can't be faster than), and each
query asked by itself, one after the other. Times are of the processor, the best of several rounds.
"""

import random
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from benchmarks.command_line import add_data, command_line
from detectors.records import Mention
from listener.brands import Brand
from listener.queries.evaluation import holds
from listener.queries.folding import fold
from listener.queries.matcher import QueryMatcher
from listener.queries.reading import Reading
from listener.recordings import Layout, Recording

_NOW: Final = datetime(2026, 1, 15, tzinfo=UTC)
_BRANDS: Final = (1, 100, 1_000)
_ROUNDS: Final = 5
_ONE_BY_ONE: Final = 100_000  # queries asked by themselves, at the most: they take their time
_SYLLABLES: Final = tuple(first + vowel for first in "bdfghjklmnprstvwz" for vowel in "aeiou")
_ENDS: Final = ("", "", "", " café 😀 it\u2019s")
_COLUMNS: Final = "id=tweet_id,text=text,author=name,published_at=tweet_created"


def brands(count: int, chance: random.Random) -> list[Brand]:
    return [Brand(f"brand {number}", _terms(number, chance)) for number in range(count)]


def _terms(number: int, chance: random.Random) -> tuple[str, ...]:
    name, other, phrase = (_name(chance) for _ in range(3))
    return (name, other, f"@{name}care", f"#{other}{number}", f"{phrase} phone")


def _name(chance: random.Random) -> str:
    return "".join(chance.choices(_SYLLABLES, k=4))


def texts(count: int, about: Sequence[Brand], chance: random.Random) -> list[Mention]:
    words = ["".join(chance.choices(_SYLLABLES, k=chance.randint(1, 4))) for _ in range(5_000)]
    result = []
    for number in range(count):
        said = chance.choices(words, k=18)
        if number % 2:
            said[chance.randrange(18)] = chance.choice(chance.choice(about).terms)
        text = " ".join(said) + _ENDS[number % len(_ENDS)]
        result.append(Mention(id=str(number), text=text, published_at=_NOW))
    return result


def tweets(data: Path) -> list[Mention]:
    recording = Recording(data / "mentions" / "airlines.csv", Layout.parse(_COLUMNS), _NOW)
    rows = [recording.read(place, _NOW) for place in range(len(recording))]
    recording.close()
    return [row for row in rows if isinstance(row, Mention)]


def fastest(work: Callable[[], object], rounds: int = _ROUNDS) -> float:
    """Seconds of the processor in the best of several rounds: others may use the machine, too."""
    best = float("inf")
    for _ in range(rounds):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def measure(name: str, mentions: Sequence[Mention], listened: Sequence[Brand]) -> None:
    matcher = QueryMatcher(listened)
    matched = sum(bool(matcher.match(mention)) for mention in mentions)
    at_once = len(mentions) / fastest(lambda: [matcher.match(mention) for mention in mentions])
    folding = len(mentions) / fastest(lambda: [fold(mention.text) for mention in mentions])
    few = mentions[: max(10, _ONE_BY_ONE // len(listened))]
    trees = [brand.tree for brand in listened]

    def one_by_one() -> None:
        for mention in few:
            reading = Reading.of(mention)
            _ = [tree for tree in trees if holds(tree, reading)]

    alone = len(few) / fastest(one_by_one, rounds=2)
    print(
        f"{name:10} {len(listened):>6,} {matched / len(mentions):>8.0%} {at_once:>12,.0f} "
        f"{folding / at_once:>14.1f} {at_once / alone:>14.1f}"
    )


def main() -> None:
    parser = command_line(__doc__)
    add_data(parser, "mentions/airlines.csv", required=False)
    options = parser.parse_args()
    chance = random.Random(7)  # noqa: S311 - the same texts every time
    listened = brands(max(_BRANDS), chance)
    samples = {"generated": texts(10_000, listened, chance)}
    if options.data:
        samples["tweets"] = tweets(options.data)
        listened[0] = Brand("airlines", ("united", "@united", "@JetBlue", "virgin america", "#fly"))
    print("texts      brands  matched  texts/second  × folding time  × one by one")
    for name, mentions in samples.items():
        for count in _BRANDS:
            measure(name, mentions, listened[:count])


if __name__ == "__main__":
    main()
