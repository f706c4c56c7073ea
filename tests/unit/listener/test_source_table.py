"""The table on a terminal: a line a source, and nothing that a source says takes it over."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from detectors.records import Mention
from listener.connectors import Batch
from listener.source_table import SourceTable, shown, table_for_terminal

NOON = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)


class Screen:
    """A table on a screen of 100 columns, `seconds` after it began."""

    def __init__(self, *connectors: str) -> None:
        self.seconds = 100.0
        console = Console(file=io.StringIO(), width=100)
        self.table = SourceTable(connectors, console, clock=lambda: self.seconds)

    def brings(self, connector: str, mentions: int, *, age: float = 0.0) -> None:
        now = NOON + timedelta(seconds=self.seconds)
        said = now - timedelta(seconds=age)
        batch = Batch(tuple(Mention(str(n), "text", said) for n in range(mentions)), "c")
        self.table.fetched(connector, batch, now)

    @property
    def lines(self) -> dict[str, list[str]]:
        """The cells of each source, as they are shown."""
        with self.table.console.capture() as shown:
            self.table.console.print(self.table.render())
        rows = [line.strip().split("  ") for line in shown.get().splitlines()[1:]]
        return {row[0]: [cell.strip() for cell in row[1:] if cell.strip()] for row in rows}


def test_a_source_that_was_not_heard_yet_is_there() -> None:
    assert Screen("forum").lines == {"forum": ["0", "–", "–", "0"]}


def test_each_source_has_its_rate_lag_last_mention_and_errors() -> None:
    screen = Screen("bluesky", "forum")
    screen.brings("bluesky", 1200, age=2)
    screen.brings("forum", 3, age=600)
    screen.seconds += 30
    screen.brings("bluesky", 34, age=4)
    screen.table.failed("forum", OSError("no route to host"))
    assert screen.lines == {
        "bluesky": ["1,234", "4 s", "0 s ago", "0"],
        "forum": ["3", "10 min", "30 s ago", "1", "no route to host"],
    }


def test_the_rate_is_that_of_the_last_minute() -> None:
    screen = Screen("forum")
    screen.brings("forum", 5)
    screen.seconds += 59
    screen.brings("forum", 2)
    assert screen.lines["forum"][0] == "7"
    screen.seconds += 2
    assert screen.lines["forum"][0] == "2"
    screen.seconds += 600
    assert screen.lines["forum"] == ["0", "0 s", "10 min ago", "0"]


def test_a_source_in_trouble_says_so_until_it_is_over() -> None:
    screen = Screen("forum")
    screen.table.troubled("forum", "quiet")
    assert "forum quiet" in screen.lines
    screen.table.troubled("forum", None)
    assert "forum" in screen.lines


def test_what_a_source_says_is_shown_and_not_obeyed() -> None:
    screen = Screen("[red]forum")
    screen.table.failed("[red]forum", OSError("\x1b[2J[link=https://x.example]here[/link]\n" * 9))
    (cells,) = screen.lines.values()
    assert "\x1b" not in cells[-1]
    assert "[link=https://x.example]here" in cells[-1]
    assert "[red]forum" in screen.lines


@pytest.mark.parametrize("connectors", [[], ["forum"]])
def test_there_is_none_where_there_is_no_terminal(connectors: list[str]) -> None:
    assert table_for_terminal(connectors) is None
    with shown(None):
        pass
