"""`listener fetch`: try a source out, without a broker or a configuration file."""

import sys
from collections.abc import Sequence
from typing import Annotated, Final

import typer
import yaml
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from detectors.records import dumps
from listener.config_errors import explain
from listener.config_file import expanded
from listener.connectors import CONNECTORS, Batch, ConnectorSettings, RetryLater, make_connector
from listener.errors import UsageError
from listener.ingest import utc_now
from listener.logs import configure_logs
from listener.loop import run_loop
from listener.source_errors import told
from sinks.display import visible

_MAX_SHOWN: Final = 600
_SETTINGS: Final[TypeAdapter[ConnectorSettings]] = TypeAdapter(
    Annotated[ConnectorSettings, Field(discriminator="type")],
    config=ConfigDict(extra="forbid"),
)


def fetch(
    connector: Annotated[str, typer.Argument(help=f"One of: {', '.join(CONNECTORS)}.")],
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="A setting of the connector, e.g. url=https://…; may be given again.",
            metavar="KEY=VALUE",
        ),
    ] = None,
    cursor: Annotated[
        str | None, typer.Option("--cursor", help="Where to go on: what the last call told.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=0, help="Print at most so many mentions.")
    ] = None,
) -> None:
    """Fetch once from a source and print the mentions as JSON Lines.

    The next cursor goes to standard error, beside what can't be read and what was deleted; it
    lies behind all that was fetched, and so behind what --limit left out. Exit code 1: the
    source gave no answer.

    Keys stay in the environment: --set 'token=${X_TOKEN}', or a file that X_TOKEN_FILE names.

    Example: listener fetch feed --set url=https://example.com/rss --limit 5
    """
    configure_logs("warning")
    run_loop(_fetch(_settings(connector, changes or ()), cursor, limit))


def _settings(connector: str, changes: Sequence[str]) -> ConnectorSettings:
    if connector not in CONNECTORS:
        raise UsageError(f"no connector {connector!r}; there are: {', '.join(CONNECTORS)}")
    if connector == "webhook":
        raise UsageError(
            "webhook: there is nothing to fetch, other tools push to it; configure it, start "
            "`listener run`, and send it a mention with curl (docs/connectors.md shows how)"
        )
    values: dict[str, object] = {"type": connector}
    for change in changes:
        key, is_pair, text = change.partition("=")
        if not is_pair:
            raise UsageError("--set: expected KEY=VALUE, like url=https://example.com/feed")
        try:
            # A lone dash is standard input, where YAML would see a list.
            value: object = text if text == "-" else yaml.safe_load(text)
            values[key.strip()] = expanded(value, "--set", key.strip())
        except yaml.YAMLError:
            raise UsageError(f"--set {key.strip()}: can't read the value as YAML") from None
    try:
        return _SETTINGS.validate_python(values)
    except ValidationError as error:
        raise UsageError(explain(error, "--set")) from None


async def _fetch(settings: ConnectorSettings, cursor: str | None, limit: int | None) -> None:
    connector = make_connector(settings)
    try:
        batch = await connector.fetch(cursor, utc_now())
        if cursor is None and batch.watermark is not None and not batch.mentions:
            # A recording first says when it begins, and nothing else.
            batch = await connector.fetch(batch.cursor, utc_now())
    except UsageError:
        raise
    except Exception as error:  # noqa: BLE001 - as ingest: whatever is wrong with the source
        again = f"; ask again in {error.wait:g} s" if isinstance(error, RetryLater) else ""
        sys.stderr.write(f"listener: {visible(told(error), _MAX_SHOWN)}{again}\n")
        raise typer.Exit(1) from None
    finally:
        await connector.close()
    _print(batch, len(batch.mentions) if limit is None else limit)


def _print(batch: Batch, limit: int) -> None:
    for mention in batch.mentions[:limit]:
        sys.stdout.buffer.write(dumps(mention.to_json()) + b"\n")
    sys.stdout.buffer.flush()
    for rejection in batch.rejections:
        said = visible(f"{rejection.where}: {rejection.reason}", _MAX_SHOWN)
        sys.stderr.write(f"listener: {said}\n")
    for deletion in batch.deletions:
        what = f"all of {deletion.author}" if deletion.author is not None else deletion.id
        sys.stderr.write(f"deleted: {visible(f'{deletion.source} {what}', _MAX_SHOWN)}\n")
    left_out = len(batch.mentions[limit:])
    more = f" ({left_out} more left out by --limit)" if left_out else ""
    again = "there is no more" if batch.done else f"ask again in {batch.wait:g} s"
    gone = f", {len(batch.deletions)} deletions" if batch.deletions else ""
    sys.stderr.write(f"{len(batch.mentions)} mentions{more}{gone}; {again}\n")
    sys.stderr.write(f"cursor: {batch.cursor}\n")
