"""`listener query`: how a query is understood, which mentions match it, and why."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from detectors.language import DEFAULT_LANGUAGES, OTHER, LanguageIdentifier
from detectors.records import Mention, dumps
from listener.commands.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    KindOption,
    MapOption,
    SourceOption,
    layout_of,
)
from listener.commands.query_findings import as_json, as_lines
from listener.errors import UsageError
from listener.ingest import utc_now
from listener.queries.errors import QueryError
from listener.queries.evaluation import holds
from listener.queries.explanation import describe, findings
from listener.queries.folding import fold_account
from listener.queries.literals import names
from listener.queries.parser import parse_query
from listener.queries.reading import LanguageOf, Reading
from listener.queries.syntax import Node, languages_of
from listener.recordings import Recording
from listener.settings import load_settings


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is tried out: a query, the accounts that it leaves out, and the languages to tell
    apart for it."""

    tree: Node
    own_accounts: tuple[str, ...] = ()
    languages: Sequence[str] = DEFAULT_LANGUAGES

    @classmethod
    def of_query(cls, text: str) -> "_Asked":
        """Raises `UsageError`."""
        try:
            return cls(parse_query(text))
        except QueryError as error:
            raise UsageError(f"query: {error}\n{error.pointed()}") from None

    @classmethod
    def of_brand(cls, name: str, config: Path) -> "_Asked":
        """Raises `UsageError`. Without connectors and sinks, so that no key has to be there."""
        settings = load_settings(config, {"connectors": [], "sinks": []})
        brands = {brand.name: brand for brand in settings.brands}
        if name not in brands:
            raise UsageError(f"--brand {name!r}: {config} has {', '.join(brands) or 'none'}")
        return cls(brands[name].tree, brands[name].own_accounts, settings.languages)


def query(
    text: Annotated[
        str | None, typer.Argument(metavar="QUERY", help="The query; docs/queries.md.")
    ] = None,
    file: Annotated[Path | None, typer.Argument(help="Mentions: JSON Lines or CSV.")] = None,
    brand: Annotated[
        str | None, typer.Option("--brand", help="Instead of a QUERY, what this brand is.")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    columns: MapOption = None,
    limit: Annotated[int, typer.Option(min=0, help="Show the first N; 0: all of them.")] = 20,
    in_json: Annotated[bool, typer.Option("--json", help="One match a line, as JSON.")] = False,
    source: SourceOption = "replay",
    kind: KindOption = "other",
) -> None:
    """Check a query and show how it is understood; with FILE, what it matches and why.

    With --brand that is a brand as it is configured: its terms, its query, its own accounts.

    Example: listener query '(acme OR "acme phone") NOT lang:fr' mentions.jsonl
    """
    if brand is not None:
        if file is not None:
            raise UsageError("give a QUERY or --brand, not both")
        asked, file = _Asked.of_brand(brand, config), Path(text) if text is not None else None
    elif text is not None:
        asked = _Asked.of_query(text)
    else:
        raise UsageError("give a QUERY, or --brand NAME for one that is configured")
    if file is not None:
        recording = Recording(file, layout_of(columns, source, kind), utc_now())
        _show_matches(asked, recording, limit or len(recording), in_json=in_json)
        recording.close()
    else:
        _show_understood(asked, in_json=in_json)


def _show_understood(asked: _Asked, *, in_json: bool) -> None:
    understood = list(describe(asked.tree))
    named = [name.written for name in names(asked.tree)]
    own = asked.own_accounts
    if in_json:
        _write({"understood": understood, "names": named, "own_accounts": own})
        return
    typer.echo("\n".join(understood))
    typer.echo(f"names, not read for feelings: {', '.join(named) or 'none'}")
    if own:
        typer.echo(f"own accounts, left out: {', '.join(own)}")


def _show_matches(asked: _Asked, recording: Recording, limit: int, *, in_json: bool) -> None:
    tree, own = asked.tree, frozenset(map(fold_account, asked.own_accounts))
    language_of = _language_of(asked)
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
        is_match = reading.author not in own and holds(tree, reading)
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


def _language_of(asked: _Asked) -> LanguageOf:
    """As the service identifies languages; what that takes is loaded only if the query asks."""
    wanted = languages_of(asked.tree)
    if not wanted:
        return lambda mention: ""
    languages = LanguageIdentifier(sorted(wanted - {OTHER} | set(asked.languages)))
    return lambda mention: languages.identify(mention.text, mention.language).code


def _write(record: object) -> None:
    sys.stdout.buffer.write(dumps(record) + b"\n")
    sys.stdout.buffer.flush()
