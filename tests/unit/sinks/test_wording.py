"""What an alert says, in the words that a press team reads."""

import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from detectors.records import Alert, Estimate, Severity, Status
from sinks import figures, slack_blocks, wording
from sinks.console import render
from tests.unit.sinks.fakes import OPENED_AT, alert, post, reason


def clock_time(time: datetime) -> str:
    return time.strftime("%H:%M")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "96 negative mentions in 15 minutes where 8 are usual (12×)"),
        (
            {"signal": "volume", "observed": 1204, "expected": 402.4, "ratio": 2.99},
            "1,204 mentions in 15 minutes where 402 are usual (3×)",
        ),
        (
            {"observed": 1, "expected": 1.0, "ratio": 1.0, "window_seconds": 300},
            "1 negative mention in 5 minutes where 1 is usual",
        ),
        (
            {"expected": 1.52, "ratio": 63.2, "window_seconds": 3600},
            "96 negative mentions in 1 hour where 1.5 are usual (63×)",
        ),
        (
            {"signal": "alarming", "observed": 4, "expected": 0.3, "ratio": 13.3},
            "4 mentions with a safety, legal or data-breach term in 15 minutes"
            " where less than one is usual",
        ),
        (
            {"expected": 0.0, "ratio": 960.0, "window_seconds": 10_800},
            "96 negative mentions in 3 hours where none are usual",
        ),
        (
            {"learning": True},
            "96 negative mentions in 15 minutes where 8 are usual so far (12×)",
        ),
        (
            {"signal": "reach", "observed": 640_000, "expected": 8000.0, "ratio": 80.0},
            "640,000 people within reach of negative mentions in 15 minutes"
            " where 8,000 are usual (80×)",
        ),
        (
            {"signal": "silence", "observed": 0, "expected": 18.2, "ratio": 0.0},
            "No mentions in 15 minutes where 18 are usual",
        ),
        (
            {"signal": "sarcasm", "observed": 3, "expected": 9.96, "ratio": 0.3},
            "3 mentions in 15 minutes where 10 are usual",
        ),
    ],
)
def test_the_reason_in_one_sentence(changes: dict[str, object], said: str) -> None:
    assert wording.sentence(alert(reason=reason(**changes))) == said


def test_a_brand_that_calms_down_is_spoken_of_as_it_is_now() -> None:
    calm = reason(observed=7, ratio=0.87)
    over = alert(status=Status.RESOLVED, reason=calm)
    assert wording.sentence(over) == "Now 7 negative mentions in 15 minutes where 8 are usual"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"status": Status.OPENED, "severity": Severity.ISSUE}, "Opened as issue"),
        ({}, "Escalated from issue to crisis, 25 min after it opened"),
        ({"previous": None}, "Escalated to crisis, 25 min after it opened"),
        ({"status": Status.UPDATED}, "Still crisis, 25 min after it opened"),
        (
            {"status": Status.UPDATED, "severity": Severity.SERIOUS},
            "Still serious, 25 min after it opened; its peak was crisis",
        ),
        (
            {
                "status": Status.DE_ESCALATED,
                "previous": Severity.CRISIS,
                "severity": Severity.ISSUE,
                "at": OPENED_AT + timedelta(hours=26),
            },
            "Coming down from crisis to issue, 1 d 2 h after it opened; its peak was crisis",
        ),
        (
            {"status": Status.ACKNOWLEDGED, "severity": Severity.SERIOUS},
            "Acknowledged by the team, 25 min after it opened; still serious",
        ),
        (
            {"status": Status.RESOLVED, "at": OPENED_AT + timedelta(minutes=80)},
            "Resolved after 1 h 20 min; its peak was crisis",
        ),
    ],
)
def test_what_changed(changes: dict[str, object], said: str) -> None:
    assert wording.change(alert(**changes)) == said


@pytest.mark.parametrize(
    ("severity", "said"),
    [
        (Severity.WATCH, "Nothing to do yet: keep an eye on it"),
        (Severity.ISSUE, "Assess it within 60 min (by 15:05)"),
        (
            Severity.SERIOUS,
            "Acknowledge within 15 min (by 14:20), first statement within 60 min (by 15:05)",
        ),
        (
            Severity.CRISIS,
            "Acknowledge within 15 min (by 14:20), then an update every 60 to 120 minutes",
        ),
    ],
)
def test_the_teams_clock_starts_when_an_incident_opens_or_escalates(
    severity: Severity, said: str
) -> None:
    for status in (Status.OPENED, Status.ESCALATED):
        assert wording.clock(alert(status=status, severity=severity), clock_time) == said


@pytest.mark.parametrize(
    "status", [Status.UPDATED, Status.DE_ESCALATED, Status.ACKNOWLEDGED, Status.RESOLVED]
)
def test_later_changes_start_no_clock_anew(status: Status) -> None:
    assert wording.clock(alert(status=status, severity=Severity.SERIOUS), clock_time) is None


def test_a_crisis_that_lasts_asks_for_updates_until_it_is_over() -> None:
    lasting = wording.clock(alert(status=Status.UPDATED), clock_time)
    assert lasting == "Keep informing: an update every 60 to 120 minutes"
    assert wording.clock(alert(status=Status.RESOLVED), clock_time) is None


def test_still_learning_is_said_plainly() -> None:
    said = wording.learning(alert(reason=reason(learning=True)))
    assert said is not None
    assert said.startswith("Still learning what is usual")
    assert wording.learning(alert()) is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Crisis: Acme Telecom (was issue)"),
        ({"previous": None}, "Crisis: Acme Telecom (escalated)"),
        ({"status": Status.OPENED, "severity": Severity.WATCH}, "Watch: Acme Telecom"),
        ({"status": Status.RESOLVED}, "Resolved: Acme Telecom"),
        ({"status": Status.UPDATED}, "Crisis: Acme Telecom (updated)"),
        (
            {"status": Status.DE_ESCALATED, "severity": Severity.ISSUE},
            "Issue: Acme Telecom (coming down)",
        ),
    ],
)
def test_titles(changes: dict[str, object], said: str) -> None:
    assert wording.title(alert(**changes)) == said


def test_the_share_of_negatives_beside_the_usual_one() -> None:
    assert wording.share(alert()) == "96 of 130 mentions (74 %), usually 21 %"
    new = alert(reason=reason(learning=True))
    assert wording.share(new) == "96 of 130 mentions (74 %), usually 21 % so far"
    assert wording.share(alert(reason=reason(mentions=0, negative=0))) == "0 of 0 mentions"


def test_the_share_says_how_many_people_that_is() -> None:
    def said(authors: int, negative: int = 96) -> str:
        return wording.share(alert(reason=reason(authors=authors, negative=negative)))

    assert said(60) == "96 of 130 mentions (74 %), usually 21 %; by about 60 people"
    assert said(1) == "96 of 130 mentions (74 %), usually 21 %; all by one person"
    assert said(1, negative=1) == "1 of 130 mentions (1 %), usually 21 %"


def test_a_repost_is_by_whoever_passed_it_on() -> None:
    assert wording.author(post()) == "Joke van Dam"
    assert wording.author(post(repost_of="0")) == "reposted by Joke van Dam"
    assert wording.author(post(author=None, repost_of="0")) == ""


def test_every_sink_can_tell_of_a_source_that_is_not_heard() -> None:
    quiet = reason(signal="quiet", observed=0, expected=4.2, ratio=171.4, window_seconds=720)
    told = alert(
        about="source",
        brand="bluesky",
        severity=Severity.ISSUE,
        status=Status.OPENED,
        reason=replace(quiet, mentions=0, negative=0, sources={}, languages={}, words=[]),
        posts=(),
    )
    said = "Nothing new for 12 min, where its longest pause is usually 4 s"
    assert wording.sentence(told) == said
    blocks = slack_blocks.message(told)["blocks"]
    assert isinstance(blocks, list)
    assert said in str(blocks)
    assert not any(block.get("fields") == [] for block in blocks), "Slack refuses an empty list"
    console = Console(file=io.StringIO(), width=100)
    console.print(render(told, UTC))
    assert isinstance(console.file, io.StringIO)
    assert "source bluesky" in console.file.getvalue()


def test_sources_and_languages_come_with_the_busiest_first() -> None:
    assert wording.sources(reason()) == (
        "bluesky 88 (70 negative) · tweakers 31 (22 negative) · nu 11 (4 negative)"
    )
    assert wording.sources(reason(), limit=1) == "bluesky 88 (70 negative) · 2 more"
    assert wording.languages(reason()) == "Dutch 104 · English 25 · unknown 1"
    assert wording.sources(reason(sources={"forum/quiet": [3, 0], "bare": [2], "odd": []})) == (
        "quiet 3 · bare 2 · odd 0"
    )


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "0 s"),
        (45, "45 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (4800, "1 h 20 min"),
        (86_400, "1 d"),
        (180_000, "2 d 2 h"),
    ],
)
def test_durations(seconds: float, said: str) -> None:
    assert figures.duration(seconds) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(90, "90 seconds"), (60, "1 minute"), (900, "15 minutes"), (5400, "90 minutes"),
     (10_800, "3 hours"), (86_400, "1 day")],
)  # fmt: skip
def test_lengths_of_windows(seconds: int, said: str) -> None:
    assert figures.long_duration(seconds) == said


def test_the_time_of_a_deadline_is_written_by_the_medium() -> None:
    shown: list[datetime] = []

    def note(time: datetime) -> str:
        shown.append(time)
        return "then"

    assert (
        wording.clock(alert(severity=Severity.ISSUE), note) == "Assess it within 60 min (by then)"
    )
    assert shown == [datetime(2026, 3, 14, 15, 5, tzinfo=UTC)]


EARLY = Estimate(sampled=212, behind_seconds=14 * 60)


def early(estimate: Estimate = EARLY, **changes: object) -> Alert:
    facts = {"mentions": 9300, "negative": 4100, "authors": 1500, "window_seconds": 300}
    why = reason(observed=3600, ratio=450.0, estimate=estimate, **facts)
    return alert(status=Status.OPENED, severity=Severity.ISSUE, reason=why, **changes)


def test_an_early_warning_says_that_it_is_an_estimate_and_of_how_much() -> None:
    assert wording.title(early(brand="Acme")) == "Early warning: Acme"
    assert wording.sentence(early()).startswith("At least 3,600 negative mentions in 5 minutes")
    assert wording.share(early()).startswith("about 4,100 of about 9,300 mentions (44 %)")
    assert wording.share(early()).endswith("by at least 1,500 people")
    assert wording.caveat(early()) == (
        "Estimated from 212 of about 9,300 mentions of the last 5 minutes; "
        "counting is 14 min behind, exact figures follow"
    )


def test_once_it_is_counted_it_says_what_came_of_it() -> None:
    for confirmed, said in ((True, "confirms it"), (False, "does not confirm it")):
        over = early(replace(EARLY, confirmed=confirmed))
        assert wording.change(over).endswith(said)
        assert not wording.sentence(over).startswith("At least")
        assert wording.caveat(over) is None
    assert wording.title(early(replace(EARLY, confirmed=True))).endswith("(confirmed)")
    assert wording.title(early(replace(EARLY, confirmed=False))).endswith("(not confirmed)")


def test_every_sink_shows_that_it_is_an_estimate() -> None:
    console = Console(file=io.StringIO(), width=200)
    console.print(render(early(), UTC))
    assert isinstance(console.file, io.StringIO)
    for shown in (console.file.getvalue(), json.dumps(slack_blocks.message(early()))):
        assert "early warning" in shown.lower()
        assert "Estimated from 212 of about 9,300 mentions" in shown
    assert early().to_json()["reason"]["estimate"] == {"sampled": 212, "behind_seconds": 840}  # type: ignore[index]  # a JSON form
