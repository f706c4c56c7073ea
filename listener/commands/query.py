"""`listener query`: how a query is understood, which mentions match it, and why."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from detectors.language import DEFAULT_LANGUAGES, OTHER, LanguageIdentifier
from detectors.records import Mention, dumps
from listener.commands.options import KindOption, MapOption, SourceOption, layout_of
from listener.commands.query_findings import as_json, as_lines
from listener.errors import UsageError
from listener.ingest import utc_now
from listener.queries.errors import QueryError
from listener.queries.evaluation import holds
from listener.queries.explanation import describe, findings
from listener.queries.literals import names
from listener.queries.parser import parse_query
from listener.queries.reading import LanguageOf, Reading
from listener.queries.syntax import Node, languages_of
from listener.recordings import Recording


def query(
    text: Annotated[str, typer.Argument(metavar="QUERY", help="The query; docs/queries.md.")],
    file: Annotated[Path | None, typer.Argument(help="Mentions: JSON Lines or CSV.")] = None,
    columns: MapOption = None,
    limit: Annotated[int, typer.Option(min=0, help="Show the first N; 0: all of them.")] = 20,
    in_json: Annotated[bool, typer.Option("--json", help="One match a line, as JSON.")] = False,
    source: SourceOption = "replay",
    kind: KindOption = "other",
) -> None:
    """Check a query and show how it is understood; with FILE, what it matches and why.

    Example: listener query '(acme OR "acme phone") NOT lang:fr' mentions.jsonl
    """
    try:
        tree = parse_query(text)
    except QueryError as error:
        raise UsageError(f"query: {error}\n{error.pointed()}") from None
    if file is not None:
        recording = Recording(file, layout_of(columns, source, kind), utc_now())
        _show_matches(tree, recording, limit or len(recording), in_json=in_json)
        recording.close()
    else:
        understood, named = list(describe(tree)), [name.written for name in names(tree)]
        if in_json:
            _write({"understood": understood, "names": named})
        else:
            typer.echo("\n".join(understood))
            typer.echo(f"names, not read for feelings: {', '.join(named) or 'none'}")


def _show_matches(tree: Node, recording: Recording, limit: int, *, in_json: bool) -> None:
    language_of = _language_of(tree)
    messages = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    now = utc_now()
    read = matched = 0
    for position in range(len(recording)):
        mention = recording.read(position, now)
        if not isinstance(mention, Mention):
            messages.print(f"rejected {mention.where}: {mention.reason}")
            continue
        read += 1
        reading = Reading.of(mention, language_of)
        is_match = holds(tree, reading)
        matched += is_match
        if not is_match or matched > limit:
            continue
        found = findings(tree, reading)
        if in_json:
            _write(as_json(mention, found))
        else:
            Console(highlight=False, soft_wrap=True).print(as_lines(mention, found))
    more = f", {limit} shown" if matched > limit else ""
    messages.print(f"{recording.name}: {matched} of {read} mentions match{more}")


def _language_of(tree: Node) -> LanguageOf:
    """As the service identifies languages; what that takes is loaded only if the query asks."""
    wanted = languages_of(tree)
    if not wanted:
        return lambda mention: ""
    languages = LanguageIdentifier(sorted(wanted - {OTHER} | set(DEFAULT_LANGUAGES)))
    return lambda mention: languages.identify(mention.text, mention.language).code


def _write(record: object) -> None:
    sys.stdout.buffer.write(dumps(record) + b"\n")
    sys.stdout.buffer.flush()
