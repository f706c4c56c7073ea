"""`listener backtest --counts`: what would have rung in a series of counts."""

import math
import sys
from datetime import timedelta
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from detectors.records import Rejection, Severity, dumps
from detectors.records.times import from_epoch
from listener.counts import ScoredCount, score_counts
from listener.plot import Bell, Panel, draw

_WEEK: Final = timedelta(weeks=1)


def backtest_counts(
    file: Path, rarity: float, *, as_json: bool, scores: bool, plot: Path | None
) -> None:
    """Rows that ring as a table, or as JSON Lines; with `scores` every row, as JSON Lines."""
    messages = Console(stderr=True)
    rows: list[ScoredCount] = []
    for row in score_counts(file, rarity):
        if isinstance(row, Rejection):
            messages.print(f"rejected {row.where}: {row.reason}", markup=False)
            continue
        rows.append(row)
        if scores or (as_json and row.result.alert):
            sys.stdout.buffer.write(dumps(row.to_json()) + b"\n")
    sys.stdout.buffer.flush()
    alerts = [row for row in rows if row.result.alert]
    if not as_json and not scores:
        Console().print(_table(alerts))
    if plot is not None:
        draw([_panel(rows, file.name)], plot, file.name)
    span = max(from_epoch(rows[-1].at) - from_epoch(rows[0].at), timedelta(seconds=1))
    messages.print(
        f"{file.name}: {len(rows)} rows over {span.days} days; {len(alerts)} alerts "
        f"({len(alerts) / (span / _WEEK):.1f} a week)",
        markup=False,
        highlight=False,
    )


def _panel(rows: list[ScoredCount], title: str) -> Panel:
    panel = Panel(title)
    for row in rows:
        limit = math.inf if row.result.limit is None else row.result.limit
        panel.add(row.at, row.value, row.result.expected, limit)
        if row.result.alert:
            panel.bells.append(Bell(from_epoch(row.at), Severity.ISSUE))
    return panel


def _table(alerts: list[ScoredCount]) -> Table:
    table = Table("time", "count", "usual", "rings from", "score", box=None, pad_edge=False)
    for row in alerts:
        table.add_row(
            row.timestamp,
            f"{row.value:,.0f}",
            f"{row.result.expected:,.1f}",
            "" if row.result.limit is None else f"{row.result.limit:,.0f}",
            f"{row.result.score:.3f}",
        )
    return table
