"""`listener score`: texts in, language and sentiment out."""

import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from detectors.language import LanguageIdentifier
from detectors.records import InvalidRecord, dumps
from detectors.records.codec import read_text
from detectors.sentiment import SentimentScorer
from detectors.text import clean, without_addresses
from listener.commands.options import MapOption, OptionalConfigOption, layout_of
from listener.commands.scorers import scorers
from listener.rows import Row, RowReader, Unreadable
from listener.streams import STDIN, place_of

_MAX_TEXT = 10_000


def score(
    file: Annotated[
        Path, typer.Argument(help="JSON Lines or CSV, also packed with gzip; - is standard input.")
    ] = STDIN,
    columns: MapOption = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show which words counted, and how much.")
    ] = False,
    config: OptionalConfigOption = None,
) -> None:
    """Score texts: JSON Lines or CSV in (text, optional id and language), JSON Lines out.

    Each line out has id, language, language_confidence, sentiment, compound and analyser.
    A line that can't be read is told on standard error and makes the exit code 2; the others
    are scored all the same. --config takes its languages and lexicons from a configuration.

    Example: echo '{"id": 1, "text": "still no internet"}' | listener score
    """
    score_row = partial(_score, *scorers(config), explain=explain)
    names = layout_of(columns).columns
    with closing(RowReader(file, [names.get("text", "text")])) as reader:
        bad = _score_rows(reader.rows(), place_of(file), names, score_row)
    if bad:
        raise typer.Exit(2)


def _score_rows(
    rows: Iterable[Row],
    place: str,
    names: Mapping[str, str],
    score_row: Callable[[Mapping[str, object]], dict[str, object]],
) -> int:
    """Scores row by row; gives how many could not be read."""
    bad = 0
    for row in rows:
        try:
            if isinstance(row.data, Unreadable):
                raise row.data.error
            mapped = {field: row.data.get(column) for field, column in names.items()}
            result = score_row({**row.data, **mapped})
        except InvalidRecord as error:
            bad += 1
            sys.stderr.write(f"listener: {place}:{row.line}: {error}\n")
            continue
        sys.stdout.buffer.write(dumps(result) + b"\n")
    sys.stdout.buffer.flush()
    return bad


def _score(
    languages: LanguageIdentifier,
    sentiment: SentimentScorer,
    record: Mapping[str, object],
    *,
    explain: bool,
) -> dict[str, object]:
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
