"""A recording made up from a seed: two quiet days of a brand, then an outage of an hour."""

import json
import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from detectors.records import Deletion

BRAND: Final = ("Koperdraad", ("Koperdraad", "@koperdraad"))
OTHERS: Final = tuple((name, (name,)) for name in (f"Zijbrand{number}" for number in range(1, 81)))
"""Brands of which little is said: with them a worker stores its rows in several portions."""

_START: Final = datetime(2026, 3, 2, tzinfo=UTC)
_OUTAGE: Final = timedelta(hours=1)
_AFTER: Final = timedelta(hours=2)
_QUIET_TEXTS: Final[tuple[str, ...]] = (
    "Koperdraad put the new mast up on Monday, nice work",
    "who has the opening hours of the Koperdraad shop?",
    "@koperdraad my invoice came twice, please have a look",
    "moved house, Koperdraad switched the line over the same day, great",
    "Koperdraad at the fair today, stand forty",
)
_SAID_OF_OTHERS: Final = (_QUIET_TEXTS[0], _QUIET_TEXTS[3])
_OF_OTHERS: Final = 4  # mentions each
_BAD_TEXTS: Final[tuple[str, ...]] = (
    "Koperdraad is down again, this is terrible",
    "no internet since noon, awful service @koperdraad",
    "third hour without Koperdraad, I hate this",
    "@koperdraad nobody answers the phone, useless and a disgrace",
)


def make_recording(
    path: Path,
    seed: int,
    mentions: int = 3000,
    quiet_hours: int = 40,
    others: Iterable[tuple[str, Sequence[str]]] = (),
) -> None:
    """Write about `mentions` lines, and some of `others`: a few come twice."""
    dice = random.Random(seed)
    quiet_span = timedelta(hours=quiet_hours)
    quiet, bad = mentions // 3, mentions // 2
    rows = [(_at(dice, _START, quiet_span), _QUIET_TEXTS) for _ in range(quiet)]
    rows += [(_at(dice, _START + quiet_span, _OUTAGE), _BAD_TEXTS) for _ in range(bad)]
    after = _START + quiet_span + _OUTAGE
    rows += [(_at(dice, after, _AFTER), _QUIET_TEXTS) for _ in range(mentions // 15)]
    for name, _ in others:
        texts = tuple(text.replace(BRAND[0], name) for text in _SAID_OF_OTHERS)
        rows += [(_at(dice, _START, after - _START), texts) for _ in range(_OF_OTHERS)]
    lines = [
        json.dumps(
            {
                "schema_version": 1,
                "id": f"{seed}-{number}",
                "text": dice.choice(texts),
                "published_at": at.isoformat(),
                "source": dice.choice(("mastodon", "bluesky")),
                "kind": "microblog",
                "language": "en",
                "reach": dice.randrange(2000),
            }
        )
        for number, (at, texts) in enumerate(sorted(rows, key=lambda row: row[0]))
    ]
    lines += dice.sample(lines, len(lines) // 10)
    path.write_text("\n".join(lines), "utf-8")


def deal(path: Path, seed: int, hands: int = 2) -> list[Path]:
    """Write the recording's lines to `hands` files beside it: some to one, some to several.

    Played by connectors of their own they come twice and in an order that nobody foresees.
    """
    dice = random.Random(seed)
    dealt: list[list[str]] = [[] for _ in range(hands)]
    for line in path.read_text("utf-8").splitlines():
        for hand in dice.sample(dealt, dice.choice((1, 1, 1, hands))):
            hand.append(line)
    paths = []
    for number, lines in enumerate(dealt, 1):
        paths.append(path.with_stem(f"{path.stem}-{number}"))
        paths[-1].write_text("\n".join(lines), "utf-8")
    return paths


def quiet_posts(path: Path, quiet_hours: int = 36) -> list[Deletion]:
    """Deletions of what was said before anything that an alert may show."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    until = (_START + timedelta(hours=quiet_hours)).isoformat()
    return [
        Deletion(str(row["source"]), id=str(row["id"]))
        for row in rows
        if str(row["published_at"]) < until
    ]


def _at(dice: random.Random, start: datetime, span: timedelta) -> datetime:
    return start + timedelta(seconds=dice.randrange(int(span.total_seconds())))
