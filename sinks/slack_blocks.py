"""An alert as a Slack message (Block Kit), within Slack's limits whatever is in the alert.

Limits (https://docs.slack.dev/reference/block-kit/blocks): a header takes 150 characters, a text
3,000, a field 2,000, ten fields a section, ten elements a context, 50 blocks a message; about
13,000 characters in all, which isn't documented. Texts from outside go in as `plain_text`, where
Slack reads no markup, and `&`, `<`, `>` are escaped in either kind of text object
(https://docs.slack.dev/messaging/formatting-message-text#escaping), so that no post can call
@channel, link, or pass for one of our own lines.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from detectors.records import Alert, Sample
from sinks import wording
from sinks.display import visible, web_link

MAX_HEADER: Final = 150
MAX_POSTS: Final = 3
_MAX_POST: Final = 1_000
_MAX_FACT: Final = 600
_MAX_BYLINE: Final = 300
_MAX_LINK: Final = 800
_SIGNS: Final = {"watch": "🔵", "issue": "🟡", "serious": "🟠", "crisis": "🔴", "resolved": "🟢"}

Block = dict[str, object]


def message(alert: Alert) -> dict[str, object]:
    """The body for an incoming webhook.

    `text` is what a notification shows; links to posts don't unfold into previews.
    """
    return {
        "text": escape(f"{wording.title(alert)}: {wording.sentence(alert)}", _MAX_FACT),
        "blocks": list(_blocks(alert)),
        "unfurl_links": False,
        "unfurl_media": False,
    }


def escape(text: str, limit: int) -> str:
    """Slack's control characters escaped, cut so that the result has at most `limit` characters."""
    kept: list[str] = []
    length = 0
    for character in text:
        escaped = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}.get(character, character)
        length += len(escaped)
        kept.append(escaped)
        if length > limit:
            while length > limit - 1:
                length -= len(kept.pop())
            return "".join(kept) + "…"
    return "".join(kept)


def _blocks(alert: Alert) -> Iterator[Block]:
    sign = _SIGNS[wording.level(alert)]
    yield {"type": "header", "text": _plain(f"{sign} {wording.title(alert)}", MAX_HEADER)}
    yield {"type": "section", "text": _markup(_summary(alert))}
    if facts := [_plain(fact, _MAX_FACT) for fact in _facts(alert)]:
        yield {"type": "section", "fields": facts}
    for post in alert.posts[:MAX_POSTS]:
        yield from _post(post)
    yield {"type": "context", "elements": [_markup(_footer(alert))]}


def _summary(alert: Alert) -> str:
    """Our own words only, hence markup; escaped all the same."""
    lines = [f"*{escape(wording.sentence(alert), _MAX_FACT)}.*", f"{wording.change(alert)}."]
    if clock := wording.clock(alert, lambda time: _local(time, "{time}")):
        lines.append(f"{clock}.")
    if caveat := wording.caveat(alert):
        lines.append(f"_{caveat}._")
    return "\n".join(lines)


def _facts(alert: Alert) -> Iterator[str]:
    facts = {
        "Negative": wording.share(alert),
        "Sources": wording.sources(alert.reason),
        "Languages": wording.languages(alert.reason),
        "Words": wording.words(alert.reason),
    }
    for label, text in facts.items():
        if text:
            yield f"{label}: {text}"


def _post(post: Sample) -> Iterator[Block]:
    quoted = visible(post.text, _MAX_POST)
    if quoted:
        yield {"type": "section", "text": _plain(f"“{quoted}”", _MAX_POST)}
    byline = [wording.author(post), visible(post.source, 40)]
    if post.reach:
        byline.append(f"reach {post.reach:,}")
    elements = [
        _plain(" · ".join(part for part in byline if part) or "unknown", _MAX_BYLINE),
        _markup(_local(post.published_at, "{date_short_pretty} {time}")),
    ]
    link = web_link(post.url)
    if link and len(escape(link, 10 * _MAX_LINK)) <= _MAX_LINK:
        elements.append(_markup(f"<{escape(link, _MAX_LINK)}|Open>"))
    yield {"type": "context", "elements": elements}


def _footer(alert: Alert) -> str:
    opened = _local(alert.opened_at, "{date_short_pretty} {time}")
    ids = escape(visible(alert.alert_id, 60), _MAX_BYLINE)
    return f"Opened {opened} · alert {ids}"


def _local(time: datetime, form: str) -> str:
    """A time that Slack shows each reader in their own zone; UTC where it can't."""
    clock = time.strftime("%H:%M UTC" if form == "{time}" else "%d %b %Y %H:%M UTC")
    return f"<!date^{int(time.timestamp())}^{form}|{clock}>"


def _plain(text: str, limit: int) -> Block:
    return {"type": "plain_text", "text": escape(text, limit), "emoji": False}


def _markup(text: str) -> Block:
    """Text that we wrote; `verbatim` keeps Slack from making links of what looks like one."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}
