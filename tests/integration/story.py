"""A small recording of a brand's quiet day and then an outage, for the tests of the service."""

import json
import random
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final

from tests.integration.listener_command import listener

START: Final = datetime(2026, 1, 14, 6, 0, tzinfo=UTC)
OUTAGE: Final = START + timedelta(hours=34)
OUTAGE_ENDS: Final = OUTAGE + timedelta(minutes=25)
END: Final = OUTAGE + timedelta(hours=2)
BRAND: Final = "Kwikzilver=Kwikzilver,@kwikzilver"

_QUIET: Final = (
    ("en", "the @kwikzilver shop at the station opens at nine"),
    ("nl", "net een abonnement van kwikzilver genomen"),
    ("en", "does anybody know the price of Kwikzilver fibre?"),
    ("nl", "de monteur van @kwikzilver komt donderdag"),
    ("en", "Kwikzilver support helped me well, thanks, great people"),
    ("nl", "kwikzilver werkt hier prima, fijn en snel"),
    ("en", "my Kwikzilver bill is wrong again, annoying"),
    ("nl", "wachtrij bij @kwikzilver duurt lang, vervelend"),
)
_ANGRY: Final = (
    ("en", "No internet from @kwikzilver for an hour, this is terrible"),
    ("en", "Kwikzilver is down again and nobody answers. Awful, useless company"),
    ("en", "terrible outage at Kwikzilver, I am furious and can't work"),
    ("nl", "Alweer storing bij @kwikzilver, waardeloos en schandalig"),
    ("nl", "kwikzilver ligt eruit, wat een slechte en vreselijke dienst"),
    ("nl", "Boos op Kwikzilver: geen internet en de helpdesk is onbereikbaar, belachelijk slecht"),
)


def mentions() -> Iterator[dict[str, object]]:
    """In order of publication; the same every time."""
    dice = random.Random(20260114)
    at = START
    number = 0
    while at < END:
        in_outage = OUTAGE <= at < OUTAGE_ENDS
        texts = _ANGRY if in_outage and dice.random() < 0.85 else _QUIET
        language, text = dice.choice(texts)
        number += 1
        yield {
            "id": f"m{number}",
            "text": f"{text} ({number})",
            "published_at": at.isoformat(),
            "source": "forum" if number % 3 == 0 else "bluesky",
            "kind": "forum" if number % 3 == 0 else "microblog",
            "language": language,
            "reach": dice.randrange(2000),
        }
        at += timedelta(seconds=dice.randrange(4, 20) if in_outage else dice.randrange(300, 900))


def write_recording(path: Path) -> Path:
    """As JSON Lines; gives the path back."""
    path.write_text("".join(json.dumps(mention) + "\n" for mention in mentions()), "utf-8")
    return path


@cache
def rings() -> list[dict[str, object]]:
    """The alerts that it raises, as `listener backtest --json` tells them."""
    with tempfile.TemporaryDirectory() as folder:
        recording = write_recording(Path(folder) / "recording.jsonl")
        done = listener("backtest", recording, "--brand", BRAND, "--json")
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]
