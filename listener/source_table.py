"""The live table of `listener ingest` and `run` on a terminal: how each source is heard.

Anywhere else (a log file, a container) there is none, and the log lines say it all.
"""

import time
from collections import deque
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from listener.connectors import Batch
from listener.source_errors import told
from listener.source_health import Signal
from sinks.display import visible
from sinks.figures import duration

_MINUTE: Final = 60.0
_MAX_NAME: Final = 40
_MAX_ERROR: Final = 60


@dataclass(slots=True)
class _Source:
    """What is shown of one source; `recent` holds mentions by the second, of a minute at most."""

    recent: deque[tuple[int, int]] = field(default_factory=deque)
    lag: float | None = None
    last_mention: float | None = None
    errors: int = 0
    error: str = ""
    trouble: Signal | None = None

    def add(self, now: float, mentions: int) -> None:
        if self.recent and self.recent[-1][0] == int(now):
            mentions += self.recent.pop()[1]
        self.recent.append((int(now), mentions))
        self.forget(now)

    def forget(self, now: float) -> None:
        while self.recent and self.recent[0][0] <= now - _MINUTE:
            self.recent.popleft()

    @property
    def per_minute(self) -> int:
        return sum(mentions for _, mentions in self.recent)


class SourceTable:
    """An `IngestObserver` that can be looked at. `clock` gives seconds."""

    def __init__(
        self,
        connectors: Collection[str],
        console: Console,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.console = console
        self._clock = clock
        self._sources = {connector: _Source() for connector in connectors}

    def fetched(self, connector: str, batch: Batch, now: datetime) -> None:
        source = self._sources[connector]
        if batch.mentions:
            source.add(self._clock(), len(batch.mentions))
            source.last_mention = self._clock()
            newest = max(mention.published_at for mention in batch.mentions)
            source.lag = max((now - newest).total_seconds(), 0.0)

    def failed(self, connector: str, error: BaseException) -> None:
        source = self._sources[connector]
        source.errors += 1
        source.error = visible(told(error), _MAX_ERROR)

    def troubled(self, connector: str, trouble: Signal | None) -> None:
        self._sources[connector].trouble = trouble

    def live(self) -> Live:
        """The table at the foot of the terminal, renewed twice a second, until it is left."""
        return Live(console=self.console, get_renderable=self.render, refresh_per_second=2)

    def render(self) -> Table:
        table = Table(box=None, padding=(0, 2), header_style="dim")
        table.add_column("source", no_wrap=True)
        for title in ("mentions/min", "lag", "last mention"):
            table.add_column(title, justify="right", no_wrap=True)
        table.add_column("errors")
        now = self._clock()
        for connector, source in self._sources.items():
            source.forget(now)
            name = Text(visible(connector, _MAX_NAME))
            if source.trouble:
                name.append(f" {source.trouble}", style="bold red")
            errors = f"{source.errors:,}  {source.error}" if source.errors else "0"
            table.add_row(
                name,
                f"{source.per_minute:,}",
                _long(source.lag),
                _long(source.last_mention and now - source.last_mention, " ago"),
                Text(errors, no_wrap=True, overflow="ellipsis"),
            )
        return table


def _long(seconds: float | None, suffix: str = "") -> str:
    return "–" if seconds is None else duration(seconds) + suffix


def table_for_terminal(connectors: Collection[str]) -> SourceTable | None:
    """A table, where there is a terminal to show it and something to be shown."""
    console = Console(highlight=False)
    shows = console.is_terminal and not console.is_dumb_terminal
    return SourceTable(connectors, console) if shows and connectors else None


def shown(table: SourceTable | None) -> AbstractContextManager[object]:
    """Show the table, if there is one, as long as the context lasts."""
    return nullcontext() if table is None else table.live()
