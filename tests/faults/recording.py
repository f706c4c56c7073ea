"""A recording made up from a seed: two quiet days of a brand, then an outage of an hour."""

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

BRAND: Final = ("Koperdraad", ("Koperdraad", "@koperdraad"))

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
_BAD_TEXTS: Final[tuple[str, ...]] = (
    "Koperdraad is down again, this is terrible",
    "no internet since noon, awful service @koperdraad",
    "third hour without Koperdraad, I hate this",
    "@koperdraad nobody answers the phone, useless and a disgrace",
)


def make_recording(path: Path, seed: int, mentions: int = 3000, quiet_hours: int = 40) -> None:
    """Write about `mentions` lines: some twice, and not quite in order of publication."""
    dice = random.Random(seed)
    quiet_span = timedelta(hours=quiet_hours)
    quiet, bad = mentions // 3, mentions // 2
    rows = [(_at(dice, _START, quiet_span), _QUIET_TEXTS) for _ in range(quiet)]
    rows += [(_at(dice, _START + quiet_span, _OUTAGE), _BAD_TEXTS) for _ in range(bad)]
    after = _START + quiet_span + _OUTAGE
    rows += [(_at(dice, after, _AFTER), _QUIET_TEXTS) for _ in range(mentions // 15)]
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


def _at(dice: random.Random, start: datetime, span: timedelta) -> datetime:
    return start + timedelta(seconds=dice.randrange(int(span.total_seconds())))
