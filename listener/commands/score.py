"""`listener score`: texts in, language and sentiment out."""

import sys
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from detectors.language import LanguageIdentifier
from detectors.records import InvalidRecord, dumps, loads
from detectors.records.codec import as_object, read_text
from detectors.sentiment import SentimentScorer
from detectors.text import clean, without_addresses
from listener.commands.options import OptionalConfigOption
from listener.errors import UsageError
from listener.pipeline import make_sentiment
from listener.settings import load_settings

_MAX_TEXT = 10_000


def score(
    file: Annotated[
        Path | None, typer.Argument(help="JSON Lines; standard input if left out or -.")
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show which words counted, and how much.")
    ] = False,
    config: OptionalConfigOption = None,
) -> None:
    """Score texts: JSON Lines in (text, optional id and language), JSON Lines out.

    Each line out has id, language, language_confidence, sentiment, compound and analyser.
    A line that can't be read is told on standard error and makes the exit code 2; the others
    are scored all the same. --config takes its languages and lexicons from a configuration.

    Example: echo '{"id": 1, "text": "still no internet"}' | listener score
    """
    score_line = partial(_score, *_scorers(config), explain=explain)
    if file is None or str(file) == "-":
        bad = _score_lines(sys.stdin.buffer, "standard input", score_line)
    else:
        try:
            with file.open("rb") as lines:
                bad = _score_lines(lines, str(file), score_line)
        except OSError as error:
            raise UsageError(f"{file}: {(error.strerror or 'unreadable').lower()}") from None
    if bad:
        raise typer.Exit(2)


def _scorers(config: Path | None) -> tuple[LanguageIdentifier, SentimentScorer]:
    if config is None:
        return LanguageIdentifier(), SentimentScorer()
    settings = load_settings(config).pipeline
    return LanguageIdentifier(settings.languages), make_sentiment(settings)


def _score_lines(
    lines: Iterable[bytes], name: str, score_line: Callable[[bytes], dict[str, object]]
) -> int:
    """Scores line by line; gives how many could not be read."""
    bad = 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            result = score_line(line)
        except InvalidRecord as error:
            bad += 1
            sys.stderr.write(f"listener: {name}:{number}: {error}\n")
            continue
        sys.stdout.buffer.write(dumps(result) + b"\n")
    sys.stdout.buffer.flush()
    return bad


def _score(
    languages: LanguageIdentifier, sentiment: SentimentScorer, line: bytes, *, explain: bool
) -> dict[str, object]:
    record = as_object(loads(line), "line")
    raw = record.get("text")
    if not isinstance(raw, str):
        raise InvalidRecord("missing_text", "text: expected a string")
    text = without_addresses(clean(raw, _MAX_TEXT))
    language = languages.identify(text, read_text(record, "language"))
    scored = sentiment.score(text, language.code)
    result: dict[str, object] = {
        "id": _id(record),
        "language": language.code,
        "language_confidence": round(language.confidence, 4),
        "sentiment": scored.label,
        "compound": scored.compound,
        "analyser": scored.analyser,
    }
    if explain:
        explained = sentiment.explain(text, language.code)
        hits = explained.hits if explained else ()
        result["words"] = [{"words": hit.words, "value": round(hit.value, 4)} for hit in hits]
    return result


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
