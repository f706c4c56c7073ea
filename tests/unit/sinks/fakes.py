"""Alerts, a sink and a clock for the tests of `sinks`; every text is made up."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from detectors.records import Alert, Reason, Sample, Severity, Status

OPENED_AT = datetime(2026, 3, 14, 13, 40, tzinfo=UTC)

HOSTILE = (
    "\x1b]0;owned\x07\x1b[2J[bold red]hi[/] :smile: <!channel> <@U012> <https://evil.example|bank>"
    " @here *b* _i_ ~s~ `c` & &amp; \u202egnp.exe\u2066 \u200b\x00\x9b31m\r\n\u2028line"
)


def reason(**changes: object) -> Reason:
    usual = Reason(
        signal="negative",
        observed=96,
        expected=8.02,
        ratio=11.97,
        chance=1e-30,
        window_seconds=900,
        mentions=130,
        negative=96,
        usual_share=0.21,
        learning=False,
        sources={"microblog/bluesky": [88, 70], "forum/tweakers": [31, 22], "news/nu": [11, 4]},
        languages={"nl": 104, "en": 25, "unknown": 1},
        words=["internet", "storing", "outage"],
    )
    return replace(usual, **changes)  # type: ignore[arg-type]  # the tests name real fields


def post(**changes: object) -> Sample:
    usual = Sample(
        id="1",
        source="bluesky",
        kind="microblog",
        text="Alweer geen internet en de helpdesk hangt op. Wat een waardeloze club, @acme!",
        published_at=OPENED_AT + timedelta(minutes=21),
        author="Joke van Dam",
        url="https://social.example/joke/1",
        language="nl",
        compound=-0.86,
        reach=12_400,
    )
    return replace(usual, **changes)  # type: ignore[arg-type]  # the tests name real fields


def alert(**changes: object) -> Alert:
    usual = Alert(
        alert_id="a1b2c3-2",
        incident_id="a1b2c3",
        brand="Acme Telecom",
        severity=Severity.CRISIS,
        status=Status.ESCALATED,
        at=OPENED_AT + timedelta(minutes=25),
        opened_at=OPENED_AT,
        previous=Severity.ISSUE,
        peak=Severity.CRISIS,
        reason=reason(),
        posts=(
            post(),
            post(
                id="2",
                source="tweakers",
                kind="forum",
                text="No signal since one o'clock, and not a word from Acme. Shameful.",
                author=None,
                url=None,
                reach=0,
            ),
        ),
    )
    return replace(usual, **changes)  # type: ignore[arg-type]  # the tests name real fields


def hostile_alert() -> Alert:
    """Every field that an outsider can fill holds what breaks terminals and chats."""
    return alert(
        brand=HOSTILE,
        reason=reason(
            sources={f"forum/{HOSTILE}": [5, 5], HOSTILE: []},
            languages={HOSTILE: 3},
            words=[HOSTILE],
        ),
        posts=(post(text=HOSTILE, author=HOSTILE, source=HOSTILE, url="javascript:" + HOSTILE),),
    )


def huge_alert() -> Alert:
    """Far more of everything than an engine would send."""
    return alert(
        brand="&" * 5_000,
        reason=reason(
            observed=2**53,
            sources={f"forum/{'<' * 100}{n}": [n, n] for n in range(500)},
            languages={f"{n}{'&' * 100}": n for n in range(500)},
            words=["&" * 500] * 500,
        ),
        posts=tuple(
            post(
                id=str(n),
                text="<&>" * 5_000,
                author="&" * 5_000,
                url="https://x.example/" + "a" * 1900,
            )
            for n in range(20)
        ),
    )
