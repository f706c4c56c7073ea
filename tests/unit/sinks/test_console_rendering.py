"""The alert on a terminal."""

import io
import os
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from detectors.records import Alert, Severity, Status
from sinks.console import ConsoleSettings, ConsoleSink, render
from sinks.sink import DeliveryError
from tests.unit.sinks.fakes import alert, hostile_alert, post, reason


def printed(alert: Alert, width: int = 88, *, zone: str = "Europe/Amsterdam") -> str:
    """What a reader sees, without colours."""
    console = Console(file=io.StringIO(), width=width, highlight=False)
    with console.capture() as capture:
        console.print(render(alert, ZoneInfo(zone)), crop=False)
    return "\n".join(line.rstrip() for line in capture.get().splitlines())


def test_an_alert_can_be_read_at_a_glance() -> None:
    rule = "─" * 39
    assert (
        printed(alert())
        == f"""
 CRISIS  Acme Telecom  Sat 14 Mar 2026 15:05 CET {rule}
  96 negative mentions in 15 minutes where 8 are usual (12×).
  Escalated from issue to crisis, 25 min after it opened.
  Acknowledge within 15 min (by 15:20), then an update every 60 to 120 minutes.

  Negative   96 of 130 mentions (74 %), usually 21 %
  Sources    bluesky 88 (70 negative) · tweakers 31 (22 negative) · nu 11 (4 negative)
  Languages  Dutch 104 · English 25 · unknown 1
  Words      internet · storing · outage

  1. “Alweer geen internet en de helpdesk hangt op. Wat een waardeloze club, @acme!”
     Joke van Dam · bluesky · 15:01 · reach 12,400
     https://social.example/joke/1

  2. “No signal since one o'clock, and not a word from Acme. Shameful.”
     tweakers · 15:01
{"─" * 73} alert a1b2c3-2"""
    )


def test_the_end_of_an_incident_says_so_first() -> None:
    over = alert(status=Status.RESOLVED, severity=Severity.WATCH, posts=())
    lines = printed(over).splitlines()
    assert lines[1].startswith(" RESOLVED  Acme Telecom")
    assert lines[3] == "  Resolved after 25 min; its peak was crisis."


def test_a_young_brand_is_still_being_learnt() -> None:
    said = printed(alert(reason=reason(learning=True, words=[])))
    assert "Still learning what is usual" in said
    assert "Words" not in said


def test_no_outside_text_steers_the_terminal_or_is_read_as_markup() -> None:
    console = Console(file=io.StringIO(), width=100, force_terminal=True, color_system="standard")
    with console.capture() as capture:
        console.print(render(hostile_alert(), UTC), crop=False)
    shown = capture.get()
    ours = Console(file=io.StringIO(), width=100, force_terminal=True, color_system="standard")
    with ours.capture() as capture:
        ours.print(render(alert(), UTC), crop=False)
    codes = set(_escapes(capture.get()))
    assert set(_escapes(shown)) <= codes
    assert not set("\x07\x00\x9b\u202e\u2066\u200b\u2028\r") & set(shown)
    assert "[bold red]hi[/] :smile:" in shown


def _escapes(text: str) -> list[str]:
    return [part.partition("m")[0] for part in text.split("\x1b")[1:]]


async def test_a_long_link_stays_whole_on_a_narrow_terminal_and_long_texts_fold() -> None:
    link = "https://social.example/" + "a" * 120
    file = io.StringIO()
    sink = ConsoleSink(ConsoleSettings(), Console(file=file, width=40))
    await sink.deliver(alert(posts=(post(url=link, text="woord" * 50),)))
    said = "\n".join(line.rstrip() for line in file.getvalue().splitlines())
    assert f"     {link}" in said.splitlines()
    assert "woord" * 50 in said.replace("\n     ", "")


def test_a_dangerous_link_is_left_out() -> None:
    assert "javascript" not in printed(alert(posts=(post(url="javascript:alert(1)"),)))


def test_only_the_worst_few_posts_are_shown() -> None:
    many = tuple(post(id=str(n), text=f"post number {n}") for n in range(9))
    said = printed(alert(posts=many))
    assert "post number 2" in said
    assert "post number 3" not in said


def test_the_zone_is_the_readers() -> None:
    assert "14:05 UTC" in printed(alert(), zone="UTC")
    moment = alert().at
    assert moment == datetime(2026, 3, 14, 14, 5, tzinfo=UTC)


class Gone(io.StringIO):
    """Standard output whose reader has left."""

    def __init__(self, error: OSError) -> None:
        super().__init__()
        self._error = error

    def write(self, text: str) -> int:
        raise self._error

    def fileno(self) -> int:
        raise OSError("no file descriptor")


async def test_an_output_that_cannot_be_written_costs_the_alert_and_not_the_service() -> None:
    console = Console(file=Gone(OSError(28, "No space left on device")))
    with pytest.raises(DeliveryError, match="can't print: No space left on device") as failure:
        await ConsoleSink(ConsoleSettings(), console).deliver(alert())
    assert not failure.value.retryable


async def test_a_pipe_whose_reader_has_left_takes_no_alert(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as pipe:
        monkeypatch.setattr("sys.stdout", pipe)
        sink = ConsoleSettings().build()
        for _ in range(2):
            with pytest.raises(DeliveryError, match="nobody reads it any more"):
                await sink.deliver(alert())


async def test_a_terminal_without_unicode_still_shows_the_alert(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(raw, encoding="ascii"))
    await ConsoleSettings().build().deliver(alert())
    assert b"96 negative mentions in 15 minutes where 8 are usual (12?)" in raw.getvalue()


def test_an_unknown_time_zone_is_refused_with_the_mend() -> None:
    for zone in ("Mars/Olympus", "../etc/passwd", ""):
        with pytest.raises(ValueError, match="timezone: use a name such as Europe/Amsterdam"):
            ConsoleSettings(timezone=zone)
