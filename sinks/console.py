"""The console: an alert as a person wants to read it at a glance."""

import asyncio
import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Final, Literal
from zoneinfo import ZoneInfo

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from detectors.records import Alert, Sample
from sinks import wording
from sinks.display import visible, web_link
from sinks.settings import CommonSettings
from sinks.sink import DeliveryError

MAX_POSTS: Final = 3
_MAX_POST: Final = 280
_COLOURS: Final = {
    "watch": "blue",
    "issue": "yellow",
    "serious": "dark_orange",
    "crisis": "red",
    "resolved": "green",
}


@dataclass(frozen=True, kw_only=True)
class ConsoleSettings(CommonSettings):
    """Settings of a console sink. Times are shown in `timezone` (an IANA name)."""

    type: Literal["console"] = "console"
    timezone: str = "UTC"

    def __post_init__(self) -> None:
        super().__post_init__()
        try:
            self.zone()
        except (KeyError, ValueError, OSError):
            raise ValueError("timezone: use a name such as Europe/Amsterdam or UTC") from None

    def zone(self) -> tzinfo:
        # UTC needs no time zone data, which small images lack.
        return UTC if self.timezone == "UTC" else ZoneInfo(self.timezone)

    def build(self) -> "ConsoleSink":
        return ConsoleSink(self)


class ConsoleSink:
    """Prints alerts on standard output, or on the `console` of a live display."""

    def __init__(self, settings: ConsoleSettings, console: Console | None = None) -> None:
        self.name = settings.name or settings.type
        self._zone = settings.zone()
        if console is None and isinstance(sys.stdout, io.TextIOWrapper):
            # A terminal that lacks a character shows a question mark rather than no alert.
            sys.stdout.reconfigure(errors="replace")
        self._console = console or Console(highlight=False)

    async def deliver(self, alert: Alert) -> None:
        # In a thread: a pipe that nobody reads, or a stopped terminal, blocks whoever prints.
        await asyncio.to_thread(self._print, render(alert, self._zone))

    def _print(self, alert: RenderableType) -> None:
        if self._console.quiet:
            raise DeliveryError("can't print: nobody reads it any more", retryable=False)
        try:
            # Uncropped, so that a long link stays whole and the terminal can follow it.
            self._console.print(alert, crop=False)
        except OSError as error:
            raise DeliveryError(f"can't print: {error.strerror}", retryable=False) from None
        except SystemExit:
            # rich wants to exit where the other end of a pipe is gone, and is quiet from then on.
            message = "can't print: nobody reads it any more"
            raise DeliveryError(message, retryable=False) from None

    async def close(self) -> None:
        """Nothing to let go of: standard output isn't ours."""


def render(alert: Alert, zone: tzinfo) -> RenderableType:
    """The alert for a terminal.

    Texts from outside go in as `Text`, which rich takes as they are: no markup, no emoji codes.
    """
    return Group(
        Text(),
        _heading(alert, zone),
        Padding(Group(*_summary(alert, zone), _facts(alert)), (0, 2)),
        *_posts(alert, zone),
        Rule(
            Text(f"alert {visible(alert.alert_id, 60)}", style="dim"),
            style="dim",
            align="right",
        ),
    )


def _heading(alert: Alert, zone: tzinfo) -> RenderableType:
    colour = _COLOURS[wording.level(alert)]
    heading = Text.assemble(
        (f" {wording.label(alert).upper()} ", f"bold reverse {colour}"),
        " ",
        (wording.brand(alert), "bold"),
        "  ",
        (_moment(alert.at, zone), "dim"),
    )
    return Rule(heading, align="left", style=colour)


def _summary(alert: Alert, zone: tzinfo) -> Iterator[RenderableType]:
    yield Text(wording.sentence(alert) + ".", style="bold")
    yield Text(wording.change(alert) + ".")
    if clock := wording.clock(alert, lambda time: time.astimezone(zone).strftime("%H:%M")):
        yield Text(clock + ".", style=_COLOURS[wording.level(alert)])
    if caveat := wording.caveat(alert):
        yield Text(caveat + ".", style="italic")
    yield Text()


def _facts(alert: Alert) -> RenderableType:
    reason = alert.reason
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    facts = {
        "Negative": wording.share(alert),
        "Sources": wording.sources(reason),
        "Languages": wording.languages(reason),
        "Words": wording.words(reason),
    }
    for label, text in facts.items():
        if text:
            table.add_row(label, Text(text))
    return table


def _posts(alert: Alert, zone: tzinfo) -> Iterator[RenderableType]:
    for number, post in enumerate(alert.posts[:MAX_POSTS], start=1):
        table = Table.grid(padding=(0, 1))
        table.add_column(style="dim", no_wrap=True)
        table.add_column(overflow="fold")
        table.add_row(f"{number}.", Text(f"“{visible(post.text, _MAX_POST)}”"))
        table.add_row("", Text(_byline(post, zone), style="dim"))
        yield Text()
        yield Padding(table, (0, 2))
        if link := web_link(post.url):
            yield Text(f"     {link}", style="dim", no_wrap=True, overflow="ignore")


def _byline(post: Sample, zone: tzinfo) -> str:
    parts = [
        wording.author(post),
        visible(post.source, 40),
        post.published_at.astimezone(zone).strftime("%H:%M"),
        f"reach {post.reach:,}" if post.reach else "",
    ]
    return " · ".join(part for part in parts if part)


def _moment(time: datetime, zone: tzinfo) -> str:
    return time.astimezone(zone).strftime("%a %d %b %Y %H:%M %Z")
