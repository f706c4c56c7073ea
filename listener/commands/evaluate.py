"""`listener evaluate`: how well scores agree with the labels that people gave."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Annotated, Final

import typer

from detectors.language import LanguageIdentifier
from detectors.records import dumps
from detectors.sentiment import Label, SentimentScorer
from detectors.sentiment.evaluation import LABELS, Judged, evaluate, worst
from detectors.text import clean, without_addresses
from listener.commands.scorers import scorers
from listener.errors import UsageError
from listener.evaluation_report import as_object, as_table
from listener.rows import RowReader, Unreadable

_FIELDS: Final = ("id", "text", "sentiment", "language")
_MAX_TEXT: Final = 10_000


def evaluate_labels(
    labelled: Annotated[Path, typer.Argument(help="CSV, TSV or JSON Lines: text and sentiment.")],
    columns: Annotated[
        str | None,
        typer.Option(
            "--map",
            help="Which column holds id, text, sentiment or language: sentiment=label,…",
            metavar="FIELD=COLUMN,…",
        ),
    ] = None,
    texts: Annotated[
        Path | None,
        typer.Option(help="Where the texts stand by id, if the labels are id and sentiment only."),
    ] = None,
    language: Annotated[
        str | None, typer.Option(help="The language of all texts; else it is detected.")
    ] = None,
    plain_vader: Annotated[
        bool, typer.Option("--plain-vader", help="Score English by VADER alone.")
    ] = False,
    mistakes: Annotated[int, typer.Option(help="How many of the worst mistakes to show.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    config: Annotated[
        Path | None,
        typer.Option("--config", "-c", help="Take languages and lexicons from this file."),
    ] = None,
) -> None:
    """Compare scores with people's labels (negative, neutral, positive).

    Prints accuracy, macro-F1, precision, recall and F1 of each class, the confusion matrix and
    the worst mistakes with the words behind them.

    Example: listener evaluate labelled.csv --map text=body,sentiment=label
    """
    names = _columns(columns)
    known = {} if texts is None else _texts(texts, names)
    identifier, scorer = scorers(config, plain_vader=plain_vader)
    judged = [
        _judge(data, place, known, language, identifier, scorer)
        for place, data in _rows(
            labelled, names, ("sentiment",) if known else ("text", "sentiment")
        )
    ]
    if not judged:
        raise UsageError(f"{labelled}: no labelled texts in it")
    result, errors = evaluate(judged), worst(judged, max(mistakes, 0))
    if as_json:
        sys.stdout.buffer.write(dumps(as_object(result, errors)) + b"\n")
    else:
        sys.stdout.write(as_table(result, errors))


def _columns(text: str | None) -> dict[str, str]:
    names = {field: field for field in _FIELDS}
    for part in filter(None, (text or "").split(",")):
        field, _, column = part.partition("=")
        if field.strip() not in names or not column.strip():
            raise UsageError(f"--map {part!r}: expected one of {', '.join(_FIELDS)} =COLUMN")
        names[field.strip()] = column.strip()
    return names


def _rows(
    path: Path, names: Mapping[str, str], needed: tuple[str, ...]
) -> Iterator[tuple[str, dict[str, str]]]:
    """Each row's place and its fields as text; raises `UsageError` at one that can't be read."""
    with closing(RowReader(path, [names[field] for field in needed])) as reader:
        for row in reader.rows():
            place = f"{path}:{row.line}"
            if isinstance(row.data, Unreadable):
                raise UsageError(f"{place}: {row.data.error}")
            values = {field: row.data.get(column) for field, column in names.items()}
            yield place, {k: str(v).strip() for k, v in values.items() if v not in (None, "")}


def _texts(path: Path, names: Mapping[str, str]) -> dict[str, str]:
    rows = _rows(path, {"id": names["id"], "text": names["text"]}, ("id", "text"))
    return {data["id"]: data["text"] for _, data in rows if data.keys() >= {"id", "text"}}


def _judge(
    data: Mapping[str, str],
    place: str,
    known: Mapping[str, str],
    language: str | None,
    identifier: LanguageIdentifier,
    scorer: SentimentScorer,
) -> Judged:
    raw = data.get("text") or known.get(data.get("id", ""), "")
    if not raw:
        raise UsageError(
            f"{place}: no text; give --map text=COLUMN, or --texts FILE to find it by id"
        )
    text = without_addresses(clean(raw, _MAX_TEXT))
    code = language or identifier.identify(text, data.get("language")).code
    found = scorer.score(text, code)
    explained = scorer.explain(text, code)
    return Judged(
        id=data.get("id", place),
        text=raw,
        expected=_label(data.get("sentiment", ""), place),
        found=found.label,
        compound=found.compound,
        hits=explained.hits if explained else (),
    )


def _label(text: str, place: str) -> Label:
    for label in LABELS:
        if text.lower() == label:
            return label
    raise UsageError(f"{place}: sentiment {text!r}: expected one of {', '.join(LABELS)}")
