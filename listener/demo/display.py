"""What the demo shows while it plays: how far it is, what goes in, and how the brand stands."""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from detectors.detector import Detector
from detectors.records import Severity
from detectors.records.times import from_epoch
from detectors.severity import View
from listener.brands import Brand
from listener.demo.play import EVENING, LENGTH
from listener.engines.embedded import EmbeddedEngine
from sinks import Route

_LOOK_SECONDS: Final = 0.25
_BARS: Final = "▁▂▃▄▅▆▇█"
_COLUMNS: Final = 60
_COLOURS: Final = {
    None: "green",
    Severity.WATCH: "blue",
    Severity.ISSUE: "yellow",
    Severity.SERIOUS: "dark_orange",
    Severity.CRISIS: "red",
}


@dataclass(frozen=True, slots=True)
class _Look:
    """The brand at one moment."""

    at: datetime
    severity: Severity | None
    mentions: int
    view: View | None


class Display:
    """A live panel under the alerts on a terminal; now and then a line elsewhere."""

    def __init__(self, console: Console, brand: Brand) -> None:
        self._console = console
        self._brand = brand
        self._live: Live | None = None
        self._minutes: dict[int, int] = {}
        self._recent: deque[tuple[float, int]] = deque(maxlen=12)
        self._last: _Look | None = None
        self._told_at: datetime | None = None

    def introduce(self, routes: Sequence[Route]) -> None:
        names = ", ".join(route.sink.name for route in routes)
        self._console.print(
            Text.assemble(
                ("\nListener demo\n", "bold"),
                f"{self._brand.name} is a made-up telecom brand on a quiet Thursday evening. "
                "Listener first learns from the three days before, then hears more than two "
                f"hours in about a minute. Alerts go to: {names}.\n",
            )
        )

    def conclude(self) -> None:
        mentions = self._last.mentions if self._last else 0
        self._console.print(
            Text.assemble(
                ("\nThat was it. ", "bold"),
                f"{mentions:,} mentions of the brand went in. What rang, and why, stands above.\n"
                "Next: listen to your own brand, see the README, or look back at a file of your "
                "own:\n  .venv/bin/listener backtest FILE --brand 'NAME=term,@handle'\n",
            )
        )

    def __enter__(self) -> "Display":
        if self._console.is_terminal:
            self._live = Live(console=self._console, refresh_per_second=8, transient=True)
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()

    async def watch(self, engine: EmbeddedEngine) -> None:
        """Look at the brand a few times a second, for ever."""
        while True:
            look = await engine.look(self._look)
            if look is not None:
                self._note(look)
                self._show(look)
            await asyncio.sleep(_LOOK_SECONDS)

    def _look(self, detector: Detector) -> _Look | None:
        state = detector.states.get(self._brand.name)
        if state is None:
            return None
        views = detector.views(self._brand.name)
        severity = state.incident.severity if state.incident else None
        shown = views[min(1, len(views) - 1)] if views else None
        return _Look(from_epoch(state.evaluated), severity, state.total.mentions, shown)

    def _note(self, look: _Look) -> None:
        if look.at > EVENING and self._last is not None and self._last.at >= EVENING:
            new = look.mentions - self._last.mentions
            minute = int((look.at - EVENING).total_seconds() // 60)
            self._minutes[minute] = self._minutes.get(minute, 0) + new
        self._recent.append((time.monotonic(), look.mentions))
        self._last = look

    def _show(self, look: _Look) -> None:
        if look.at <= EVENING:
            return
        if self._live is not None:
            self._live.update(self._panel(look))
        elif self._told_at is None or look.at - self._told_at >= timedelta(minutes=10):
            self._told_at = look.at
            self._console.print(_state_line(look), soft_wrap=True)

    def _panel(self, look: _Look) -> RenderableType:
        part = max((look.at - EVENING) / LENGTH, 0.0)
        bar = Table.grid(padding=(0, 1))
        bar.add_row(
            _clock(look.at),
            ProgressBar(total=1.0, completed=min(part, 1.0), width=40),
            f"{min(part, 1.0):4.0%}  {self._rate():.0f} mentions/s",
        )
        return Group(Text(), bar, _state_line(look), Text(self._chart(), style="cyan"))

    def _rate(self) -> float:
        (begin, before), (end, now) = self._recent[0], self._recent[-1]
        return (now - before) / (end - begin) if end > begin else 0.0

    def _chart(self) -> str:
        """Mentions in every two minutes of the evening."""
        counts = [
            self._minutes.get(2 * place, 0) + self._minutes.get(2 * place + 1, 0)
            for place in range(_COLUMNS)
        ]
        top = max(*counts, 10)
        bars = "".join(_BARS[round(count / top * (len(_BARS) - 1))] for count in counts)
        return f"{bars}  mentions in 2 minutes, up to {top}"


def _state_line(look: _Look) -> Text:
    colour = _COLOURS[look.severity]
    state = look.severity.value.upper() if look.severity else "calm"
    line = Text.assemble(f"{_clock(look.at)}  ", (f"{state:<8}", f"bold {colour}"))
    if look.view is None:
        return line.append("still learning")
    view = look.view
    minutes = view.length // 60
    return line.append(
        f"in {minutes} min: {view.counts.mentions} mentions (usually "
        f"{view.volume.expected:.0f}), {view.negative.observed} negative (usually "
        f"{view.negative.expected:.1f})"
    )


def _clock(at: datetime) -> str:
    return f"{at.astimezone(_zone()):%a %H:%M}"


def _zone() -> ZoneInfo:
    try:
        return ZoneInfo("Europe/Amsterdam")
    except ZoneInfoNotFoundError:
        return ZoneInfo("UTC")
