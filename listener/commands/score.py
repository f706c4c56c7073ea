"""`listener score`: texts in, language and sentiment out."""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated

import typer

from detectors.language import LanguageIdentifier
from detectors.records import InvalidRecord, dumps, loads
from detectors.records.codec import as_object, read_text
from detectors.sentiment import SentimentScorer
from detectors.text import clean, without_addresses
from listener.errors import UsageError

_MAX_TEXT = 10_000


def score(
    file: Annotated[
        Path | None, typer.Argument(help="JSON Lines; standard input if left out or -.")
    ] = None,
) -> None:
    """Score texts: JSON Lines in (text, optional id and language), JSON Lines out.

    Each line out has id, language, language_confidence, sentiment, compound and analyser.
    A line that can't be read is told on standard error and makes the exit code 2; the others
    are scored all the same.

    Example: echo '{"id": 1, "text": "still no internet"}' | listener score
    """
    if file is None or str(file) == "-":
        bad = _score_lines(sys.stdin.buffer, "standard input")
    else:
        try:
            with file.open("rb") as lines:
                bad = _score_lines(lines, str(file))
        except OSError as error:
            raise UsageError(f"{file}: {(error.strerror or 'unreadable').lower()}") from None
    if bad:
        raise typer.Exit(2)


def _score_lines(lines: Iterable[bytes], name: str) -> int:
    """Scores line by line; gives how many could not be read."""
    languages, sentiment = LanguageIdentifier(), SentimentScorer()
    bad = 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            result = _score(line, languages, sentiment)
        except InvalidRecord as error:
            bad += 1
            sys.stderr.write(f"listener: {name}:{number}: {error}\n")
            continue
        sys.stdout.buffer.write(dumps(result) + b"\n")
    sys.stdout.buffer.flush()
    return bad


def _score(
    line: bytes, languages: LanguageIdentifier, sentiment: SentimentScorer
) -> dict[str, object]:
    record = as_object(loads(line), "line")
    raw = record.get("text")
    if not isinstance(raw, str):
        raise InvalidRecord("missing_text", "text: expected a string")
    text = without_addresses(clean(raw, _MAX_TEXT))
    language = languages.identify(text, read_text(record, "language"))
    scored = sentiment.score(text, language.code)
    return {
        "id": _id(record),
        "language": language.code,
        "language_confidence": round(language.confidence, 4),
        "sentiment": scored.label,
        "compound": scored.compound,
        "analyser": scored.analyser,
    }


def _id(record: Mapping[str, object]) -> str | int | float | None:
    """As it was given, if it can be written again."""
    value = record.get("id")
    if isinstance(value, str):
        return clean(value, _MAX_TEXT)
    if value is None or isinstance(value, float):
        return value
    if isinstance(value, int) and abs(value) < 2**63:
        return value
    raise InvalidRecord("bad_field", "id: expected a string or a number")
