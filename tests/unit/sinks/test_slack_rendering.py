"""Slack messages: readable, within Slack's limits, and nobody's but ours in markup."""

import json
import re
from collections.abc import Callable, Iterator

import pytest

from detectors.records import Alert, Severity, Status, dumps
from sinks.slack_blocks import escape, message
from tests.unit.sinks.fakes import HOSTILE, alert, hostile_alert, huge_alert, post, reason


def texts(value: object) -> Iterator[tuple[str, str]]:
    """Every text object of a message, as (type, text)."""
    if isinstance(value, dict):
        if value.get("type") in {"plain_text", "mrkdwn"}:
            yield value["type"], value["text"]
        for part in value.values():
            yield from texts(part)
    if isinstance(value, list):
        for part in value:
            yield from texts(part)


def sent(alert: Alert) -> dict[str, object]:
    """The message as Slack reads it from the wire."""
    payload: dict[str, object] = json.loads(dumps(message(alert)))
    return payload


def blocks_of(payload: dict[str, object]) -> list[dict[str, object]]:
    blocks = payload["blocks"]
    assert isinstance(blocks, list)
    return blocks


def test_the_message_says_how_bad_for_whom_why_and_what_to_do() -> None:
    payload = sent(alert())
    shown = dict.fromkeys(text for _, text in texts(payload))
    assert payload["text"] == (
        "Crisis: Acme Telecom (was issue): 96 negative mentions in 15 minutes"
        " where 8 are usual (12×)"
    )
    assert list(shown) == [
        "🔴 Crisis: Acme Telecom (was issue)",
        "*96 negative mentions in 15 minutes where 8 are usual (12×).*\n"
        "Escalated from issue to crisis, 25 min after it opened.\n"
        "Acknowledge within 15 min (by <!date^1773498000^{time}|14:20 UTC>),"
        " then an update every 60 to 120 minutes.",
        "Negative: 96 of 130 mentions (74 %), usually 21 %",
        "Sources: bluesky 88 (70 negative) · tweakers 31 (22 negative) · nu 11 (4 negative)",
        "Languages: Dutch 104 · English 25 · unknown 1",
        "Words: internet · storing · outage",
        "“Alweer geen internet en de helpdesk hangt op. Wat een waardeloze club, @acme!”",
        "Joke van Dam · bluesky · reach 12,400",
        "<!date^1773496860^{date_short_pretty} {time}|14 Mar 2026 14:01 UTC>",
        "<https://social.example/joke/1|Open>",
        "“No signal since one o'clock, and not a word from Acme. Shameful.”",
        "tweakers",
        "Opened <!date^1773495600^{date_short_pretty} {time}|14 Mar 2026 13:40 UTC>"
        " · alert a1b2c3-2",
    ]


def test_still_learning_and_the_end_are_said_too() -> None:
    learning = " ".join(text for _, text in texts(sent(alert(reason=reason(learning=True)))))
    assert "_Still learning what is usual for this brand" in learning
    over = sent(alert(status=Status.RESOLVED, severity=Severity.WATCH))
    assert next(texts(over))[1] == "🟢 Resolved: Acme Telecom"


@pytest.mark.parametrize("make", [alert, hostile_alert, huge_alert])
def test_every_limit_of_slacks_holds(make: Callable[[], Alert]) -> None:
    payload = sent(make())
    blocks = blocks_of(payload)
    assert len(blocks) <= 50
    for kind, text in texts(payload):
        assert 1 <= len(text) <= 3000, kind
    for block in blocks:
        fields, elements = block.get("fields", []), block.get("elements", [])
        assert isinstance(fields, list)
        assert isinstance(elements, list)
        assert len(fields) <= 10
        assert all(len(field["text"]) <= 2000 for field in fields)
        assert len(elements) <= 10
        if block["type"] == "header":
            assert len(next(texts(block))[1]) <= 150
        if block["type"] == "section":
            assert "text" in block or fields
        if block["type"] == "context":
            assert elements
    assert sum(len(text) for _, text in texts(payload)) <= 12_000


def test_no_outside_text_is_ever_read_as_markup() -> None:
    payload = sent(hostile_alert())
    ours = re.compile(r"<(?:!date\^\d+\^[^<>|]+|https?://[^<>|]+)\|[^<>|]+>")
    for kind, text in texts(payload):
        bare = ours.sub("", text) if kind == "mrkdwn" else text
        assert "<" not in bare
        assert ">" not in bare
        assert not re.search(r"&(?!amp;|lt;|gt;)", bare)
        if kind == "mrkdwn":
            assert "bank" not in text
    assert "<" not in str(payload["text"])


def test_emoji_codes_names_and_previews_are_left_alone() -> None:
    payload = sent(hostile_alert())
    dumped = json.dumps(payload)
    assert payload["unfurl_links"] is payload["unfurl_media"] is False
    assert dumped.count('"plain_text"') == dumped.count('"emoji": false')
    assert dumped.count('"mrkdwn"') == dumped.count('"verbatim": true')


def test_an_address_that_could_break_out_is_not_linked() -> None:
    for url in ("javascript:x", "https://x.example/a|b", "https://x.example/>", HOSTILE):
        assert "|Open>" not in json.dumps(sent(alert(posts=(post(url=url),))))
    linked = json.dumps(sent(alert(posts=(post(url="https://x.example/?a=1&b=2"),))))
    assert "<https://x.example/?a=1&amp;b=2|Open>" in linked
    long = "https://x.example/" + "&" * 200
    assert "|Open>" not in json.dumps(sent(alert(posts=(post(url=long),))))


def test_a_post_of_nothing_visible_and_an_alert_without_posts_still_make_a_message() -> None:
    assert sent(alert(posts=(post(text="\u200b\x00", author=None, source="\x00", reach=0),)))
    assert len(blocks_of(sent(alert(posts=(), reason=reason(sources={}, words=[]))))) == 4


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("a & b", 20, "a &amp; b"),
        ("<!channel>", 20, "&lt;!channel&gt;"),
        ("&amp;", 20, "&amp;amp;"),
        ("abcdef", 6, "abcdef"),
        ("abcdefg", 6, "abcde…"),
        ("ab&&", 8, "ab&amp;…"),
    ],
)
def test_escaping_never_cuts_through_an_entity(text: str, limit: int, shown: str) -> None:
    assert escape(text, limit) == shown
    assert len(shown) <= limit
