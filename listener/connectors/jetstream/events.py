"""What a frame of Jetstream says, as its `/subscribe` puts it on the wire (version 1).

One JSON object a frame: ``did``, ``time_us`` and ``kind``; a ``commit`` has ``operation``,
``collection``, ``rkey`` and, unless it deletes, the ``record``. ``identity`` and ``account``
events come whatever collections were asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from detectors.records import InvalidRecord, Mention, loads, parse_mention
from detectors.records.codec import as_list, as_object, require_count, require_text
from detectors.records.times import from_epoch, parse_time

POSTS: Final = "app.bsky.feed.post"
# Below this, a cursor of Jetstream is a sequence number and no time.
FIRST_TIME_US: Final = 10**15
_LAST_TIME_US: Final = 10**16


@dataclass(frozen=True, slots=True)
class Event:
    """`time_us` is when Jetstream emitted it, in Unix microseconds: the cursor behind it."""

    did: str
    time_us: int
    what: str
    """A few fixed words: ``post``, ``post deleted``, ``account``, … ."""
    commit: Mapping[str, object]


def read_event(frame: bytes) -> Event:
    """Raises `InvalidRecord`."""
    event = as_object(loads(frame), "frame")
    time_us = require_count(event, "time_us")
    if not FIRST_TIME_US <= time_us < _LAST_TIME_US:
        raise InvalidRecord("bad_date", "time_us: expected Unix microseconds")
    kind = require_text(event, "kind")
    commit: Mapping[str, object] = {}
    if kind == "commit":
        commit = as_object(event.get("commit"), "commit")
        kind = _what(commit)
    elif kind not in {"account", "identity"}:
        kind = "other"
    return Event(require_text(event, "did"), time_us, kind, commit)


def _what(commit: Mapping[str, object]) -> str:
    if commit.get("collection") != POSTS:
        return "other"
    words = {"create": "post", "update": "post updated", "delete": "post deleted"}
    return words.get(str(commit.get("operation")), "other")


def read_post(event: Event, now: datetime) -> Mention | None:
    """The post as a mention, `None` if it has no words (a picture). Raises `InvalidRecord`.

    The time of publication is what the author's client says, unless that lies behind the time at
    which Bluesky passed it on: the rule by which Bluesky itself sorts.
    """
    record = as_object(event.commit.get("record"), "record")
    rkey = require_text(event.commit, "rkey")
    text = record.get("text")
    if isinstance(text, str) and not text.strip():
        return None
    return parse_mention(
        {
            "id": f"at://{event.did}/{POSTS}/{rkey}",
            "text": text,
            "published_at": _published_at(record.get("createdAt"), event.time_us, now),
            "author": event.did,
            "url": f"https://bsky.app/profile/{event.did}/post/{rkey}",
            "language": _language(record.get("langs")),
            "is_reply": record.get("reply") is not None,
        },
        now=now,
        source="bluesky",
        kind="microblog",
    )


def _published_at(created_at: object, time_us: int, now: datetime) -> datetime:
    passed_on = min(from_epoch(0) + timedelta(microseconds=time_us), now)
    try:
        return min(parse_time(created_at), passed_on)
    except ValueError:
        return passed_on


def _language(langs: object) -> str | None:
    """What the author's client declares, if it is one language: two say nothing of the text."""
    declared = as_list(langs, "langs") if langs is not None else []
    only = declared[0] if len(declared) == 1 else None
    return only if isinstance(only, str) else None
