"""Options that several commands share, and how they become settings."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final, get_args

import typer

from detectors.records import Kind
from listener.brands import Brand
from listener.errors import UsageError
from listener.recordings import Layout
from listener.settings import Settings, load_settings, make_settings

DEFAULT_CONFIG: Final = Path("config/listener.yaml")

RECORDING: Final = "A recording: JSON Lines or CSV, also packed with gzip; - is standard input."

ConfigOption = Annotated[
    Path, typer.Option("--config", "-c", help="The configuration file.", show_default=True)
]
OptionalConfigOption = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="Take brands and detection settings from this file."),
]
BrandOption = Annotated[
    list[str] | None,
    typer.Option(
        "--brand",
        help="A brand and its terms, NAME=term,term; may be given again. Needs no file then.",
        metavar="NAME=TERM,…",
    ),
]
MapOption = Annotated[
    str | None,
    typer.Option(
        "--map",
        help="Which column (or key) holds a mention's field: text=body,published_at=date,…",
        metavar="FIELD=COLUMN,…",
    ),
]
SourceOption = Annotated[
    str, typer.Option("--source", help="The platform, where the file doesn't say it.")
]
KindOption = Annotated[
    str,
    typer.Option("--kind", help=f"The kind of source: {', '.join(get_args(Kind))}."),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        help="Try a setting, e.g. detection.issue.ratio=2.5; may be given again.",
        metavar="KEY=VALUE",
    ),
]


def layout_of(columns: str | None, source: str = "replay", kind: str = "other") -> Layout:
    """Raises `UsageError`."""
    try:
        for known in get_args(Kind):
            if kind == known:
                return Layout.parse(columns, source, known)
    except ValueError as error:
        raise UsageError(f"--map: {error}") from None
    raise UsageError(f"--kind: expected one of {', '.join(get_args(Kind))}")


def settings_of(
    config: Path | None, brands: Sequence[str] | None, changes: Sequence[str] | None = None
) -> Settings:
    """Settings from a file, from ``--brand`` options, or both; raises `UsageError`."""
    values: dict[str, object] = {}
    if brands:
        values["brands"] = [_brand(text) for text in brands]
    if config is None and not brands:
        config = DEFAULT_CONFIG if DEFAULT_CONFIG.exists() else None
        if config is None:
            raise UsageError(
                "no brands to look for: give --brand NAME=term,term (again for each brand), or "
                f"--config FILE; there is no {DEFAULT_CONFIG} here"
            )
    if config is not None:
        return load_settings(config, values, changes or ())
    return make_settings(values, "command line", changes or ())


def _brand(text: str) -> Brand:
    try:
        return Brand.parse(text)
    except ValueError as error:
        raise UsageError(f"--brand {text!r}: {error}") from None
