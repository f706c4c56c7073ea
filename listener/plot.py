"""Pictures of a backtest: what was counted, what was expected, what rang. Needs ``[plot]``."""

import html
import importlib.util
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from detectors.records import Severity
from listener.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SUFFIXES: Final = (".png", ".html")
_COLOURS: Final = {
    Severity.WATCH: "#e0b400",
    Severity.ISSUE: "#e87a00",
    Severity.SERIOUS: "#d62728",
    Severity.CRISIS: "#7b1fa2",
}


@dataclass(frozen=True, slots=True)
class Bell:
    """Something that rang, until when it was on (`None`: a moment)."""

    at: datetime
    severity: Severity
    until: datetime | None = None


@dataclass(slots=True)
class Panel:
    """One series of counts: `times` in Unix seconds, and as many values of the other three.

    `limit` is the count from which it would have rung; infinite where nothing would. The area up
    to it is called `band`; it begins at `lower` where that is given, else at what is expected.
    """

    title: str
    times: list[int] = field(default_factory=list)
    counted: list[float] = field(default_factory=list)
    expected: list[float] = field(default_factory=list)
    limit: list[float] = field(default_factory=list)
    bells: list[Bell] = field(default_factory=list)
    lower: list[float] = field(default_factory=list)
    band: str = "no alert"

    def add(self, at: int, counted: float, expected: float, limit: float) -> None:
        self.times.append(at)
        self.counted.append(counted)
        self.expected.append(expected)
        self.limit.append(limit)


def check_plot(path: Path) -> None:
    """Raises `UsageError` where a picture can't be made."""
    if path.suffix not in SUFFIXES:
        raise UsageError(f"--plot {path}: expected a name that ends in {' or '.join(SUFFIXES)}")
    if importlib.util.find_spec("matplotlib") is None:
        raise UsageError("--plot needs Matplotlib: pip install 'listener[plot]'")


def draw(panels: Sequence[Panel], path: Path, title: str) -> None:
    """Write the panels, one below the other, all on one axis of time."""
    from matplotlib.figure import Figure  # noqa: PLC0415  # an optional extra, slow to import

    figure = Figure(figsize=(14, 1 + 3 * len(panels)), layout="constrained")
    axes = figure.subplots(len(panels), 1, sharex=True, squeeze=False)
    for panel, axis in zip(panels, axes[:, 0], strict=True):
        _draw(panel, axis)
    figure.suptitle(title, parse_math=False)
    try:
        if path.suffix == ".png":
            figure.savefig(path, dpi=110)
        else:
            path.write_text(_page(figure, title), "utf-8")
    except OSError as error:
        raise UsageError(f"--plot {path}: {(error.strerror or 'unwritable').lower()}") from None


def _draw(panel: Panel, axis: "Axes") -> None:
    for bell in panel.bells:
        colour = _COLOURS[bell.severity]
        if bell.until is None:
            axis.axvline(_days(bell.at.timestamp()), color=colour, linewidth=1)
        else:
            axis.axvspan(
                _days(bell.at.timestamp()),
                _days(bell.until.timestamp()),
                color=colour,
                alpha=0.3,
                lw=0,
            )
    times = [_days(at) for at in panel.times]
    limit = [value if math.isfinite(value) else math.nan for value in panel.limit]
    lower = panel.lower or panel.expected
    axis.fill_between(times, lower, limit, color="#9ecae1", alpha=0.4, label=panel.band)
    axis.plot(times, panel.expected, color="#3182bd", linewidth=1, label="expected")
    axis.plot(times, panel.counted, color="#333333", linewidth=0.8, label="counted")
    axis.xaxis_date()
    axis.set_title(panel.title, loc="left", fontsize=10, parse_math=False)
    axis.set_ylim(bottom=0, top=1.1 * max(panel.counted, default=1) or 1)
    axis.legend(loc="upper left", fontsize=8)


def _days(seconds: float) -> float:
    """Matplotlib counts days since 1970."""
    return seconds / 86_400


def _page(figure: "Figure", title: str) -> str:
    picture = io.StringIO()
    figure.savefig(picture, format="svg")
    drawing = picture.getvalue()
    return (
        '<!doctype html>\n<html lang="en"><meta charset="utf-8">'
        f"<title>{html.escape(title)}</title>\n"
        "<style>svg { width: 100%; height: auto }</style>\n"
        f"{drawing[drawing.index('<svg') :]}</html>\n"
    )
