"""`listener backtest`: what would have rung."""

import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from detectors.records import Alert, Severity, Status, dumps
from listener.backtest import Summary, play
from listener.commands.backtest_counts import backtest_counts
from listener.commands.backtest_picture import Picture
from listener.commands.options import (
    RECORDING,
    BrandOption,
    KindOption,
    MapOption,
    OptionalConfigOption,
    SetOption,
    SourceOption,
    layout_of,
    settings_of,
)
from listener.errors import UsageError
from listener.ingest import utc_now
from listener.plot import check_plot
from listener.recordings import Recording
from listener.streams import name_of
from sinks.figures import duration
from sinks.wording import sentence

_WEEK: Final = timedelta(weeks=1)


def backtest(
    file: Annotated[Path, typer.Argument(help=RECORDING)],
    columns: MapOption = None,
    brand: BrandOption = None,
    config: OptionalConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One alert a line, as JSON.")] = False,
    changes: SetOption = None,
    source: SourceOption = "replay",
    kind: KindOption = "other",
    counts: Annotated[
        bool, typer.Option("--counts", help="The file is a CSV of timestamp,value.")
    ] = False,
    scores: Annotated[
        bool, typer.Option("--scores", help="With --counts: every row and its score, as JSON.")
    ] = False,
    plot: Annotated[
        Path | None, typer.Option("--plot", help="Draw it all to FILE.png or FILE.html.")
    ] = None,
) -> None:
    """Play a recording at full speed and show which alerts it would have raised.

    Example: listener backtest tweets.csv --map text=body,published_at=created
    --brand 'Acme=@acme,acme phone' --json
    """
    if plot is not None:
        check_plot(plot)
    if counts:
        rarity = settings_of(config, brand or ["counts=counts"], changes).detection.count_rarity
        backtest_counts(file, rarity, as_json=as_json, scores=scores, plot=plot)
        return
    if scores:
        raise UsageError("--scores: only with --counts; mentions are judged by windows, not rows")
    settings = settings_of(config, brand, changes)
    now = utc_now()
    recording = Recording(file, layout_of(columns, source, kind), now)
    messages = Console(stderr=True)
    summary = Summary()
    alerts: list[Alert] = []
    picture = Picture(item.name for item in settings.brands)
    with Progress(console=messages, transient=True, disable=not messages.is_terminal) as progress:
        task = progress.add_task(name_of(file), total=len(recording))
        for alert in play(
            recording,
            settings.pipeline,
            now,
            summary=summary,
            on_progress=lambda rows: progress.advance(task, rows),
            on_hour=picture.look if plot is not None else lambda detector: None,
        ):
            alerts.append(alert)
            summary.onsets.rang(alert)
            if as_json:
                sys.stdout.buffer.write(dumps(alert.to_json()) + b"\n")
                sys.stdout.buffer.flush()
    recording.close()
    if not as_json:
        Console().print(_table(alerts))
    if plot is not None:
        picture.save(plot, name_of(file), alerts)
    _tell(messages, file, summary, alerts)


def _table(alerts: list[Alert]) -> Table:
    table = Table("time (UTC)", "brand", "severity", "change", "why", box=None, pad_edge=False)
    for alert in alerts:
        table.add_row(
            f"{alert.at:%Y-%m-%d %H:%M:%S}",
            alert.brand,
            alert.severity.value,
            alert.status.value,
            sentence(alert),
        )
    return table


def _tell(messages: Console, file: Path, summary: Summary, alerts: list[Alert]) -> None:
    for rejection in summary.rejections:
        messages.print(
            f"rejected {rejection.where}: {rejection.reason}", markup=False, soft_wrap=True
        )
    if summary.first is None or summary.last is None:
        return
    span = max(summary.last - summary.first, timedelta(seconds=1))
    messages.print(
        f"{name_of(file)}: {summary.mentions} mentions over {span.days} days "
        f"{span.seconds // 3600} hours; {summary.repeated} repeated, {summary.unmatched} of no "
        f"brand, {summary.rejected} rejected",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
    if summary.mentions and summary.unmatched == summary.mentions:
        messages.print(
            "no mention speaks of a brand: check --brand, and --map text=COLUMN", soft_wrap=True
        )
    if summary.anonymous and summary.anonymous == summary.mentions - summary.unmatched:
        messages.print(
            "no mention names its author, so one person posting often counts as a crowd: "
            "--map author=COLUMN",
            soft_wrap=True,
        )
    reached = Counter(
        alert.severity for alert in alerts if alert.status in {Status.OPENED, Status.ESCALATED}
    )
    weeks = span / _WEEK
    rates = ", ".join(
        f"{severity.value} {reached[severity]} ({reached[severity] / weeks:.1f} a week)"
        for severity in Severity
    )
    messages.print(f"reached: {rates}", markup=False, highlight=False, soft_wrap=True)
    delays = ", ".join(
        f"{severity.value} {duration(delay.total_seconds())}"
        for severity, delay in summary.onsets.delays().items()
    )
    if delays:
        messages.print(
            f"from onset to alert, median: {delays}", markup=False, highlight=False, soft_wrap=True
        )
