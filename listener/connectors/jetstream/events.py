"""An event of Jetstream, whatever wire it came over, and what it means to us.

A ``commit`` writes or deletes one record: `Event.body` has its ``operation``, ``collection``,
``rkey`` and, unless it deletes, ``record``. An ``account`` event says whether one is active.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from detectors.records import Deletion, InvalidRecord, Mention, parse_mention
from detectors.records.codec import as_list, as_object, require_text
from detectors.records.mention import MAX_FIELD
from detectors.records.times import from_epoch, parse_time
from detectors.text import clean

SOURCE: Final = "bluesky"
POSTS: Final = "app.bsky.feed.post"
REPOSTS: Final = "app.bsky.feed.repost"
# Below this, a cursor of Jetstream is a sequence number and no time.
FIRST_TIME_US: Final = 10**15
LAST_TIME_US: Final = 10**16

_WORDS: Final = {POSTS: "post", REPOSTS: "repost"}
_DONE: Final = {"create": "", "update": " updated", "delete": " deleted"}
_GONE: Final = frozenset({"deleted", "takendown"})


@dataclass(frozen=True, slots=True)
class Event:
    """`time_us` is when Jetstream emitted it, in Unix microseconds; `seq` its number on wire v2."""

    did: str
    time_us: int
    what: str
    """A few fixed words: ``post``, ``post deleted``, ``repost``, ``account gone``, … ."""
    body: Mapping[str, object]
    seq: int | None = None


def what_of(kind: str, body: Mapping[str, object]) -> str:
    """The words for an event of this kind."""
    if kind == "commit":
        word = _WORDS.get(str(body.get("collection")))
        done = _DONE.get(str(body.get("operation")))
        return f"{word}{done}" if word is not None and done is not None else "other"
    if kind == "account":
        gone = body.get("active") is False and body.get("status") in _GONE
        return "account gone" if gone else "account"
    return kind if kind == "identity" else "other"


def in_time_us(value: int) -> int:
    """A number that can be a time; raises `InvalidRecord`."""
    if not FIRST_TIME_US <= value < LAST_TIME_US:
        raise InvalidRecord("bad_date", "time: expected Unix microseconds")
    return value


def uri_of(event: Event, collection: str) -> str:
    """The address of the record, as the id of its mention spells it."""
    return clean(f"at://{event.did}/{collection}/{require_text(event.body, 'rkey')}", MAX_FIELD)


def read_post(event: Event, now: datetime) -> Mention | None:
    """The post as a mention, `None` if it has no words (a picture). Raises `InvalidRecord`.

    The time of publication is what the author's client says, unless that lies behind the time at
    which Bluesky passed it on: the rule by which Bluesky itself sorts.
    """
    record = as_object(event.body.get("record"), "record")
    uri = uri_of(event, POSTS)
    text = record.get("text")
    if isinstance(text, str) and not text.strip():
        return None
    return parse_mention(
        {
            "id": uri,
            "text": text,
            "published_at": published_at(event, record, now),
            "author": event.did,
            "url": link_to(uri),
            "language": _language(record.get("langs")),
            "is_reply": record.get("reply") is not None,
        },
        now=now,
        source=SOURCE,
        kind="microblog",
    )


def read_deletion(event: Event) -> Deletion | None:
    """What an event takes back, if it does. Raises `InvalidRecord`."""
    if event.what == "account gone":
        return Deletion(SOURCE, author=clean(event.did, MAX_FIELD))
    if event.what == "post deleted":
        return Deletion(SOURCE, id=uri_of(event, POSTS))
    if event.what == "repost deleted":
        return Deletion(SOURCE, id=uri_of(event, REPOSTS))
    return None


def link_to(uri: str) -> str:
    """Where people read the post with this address."""
    return f"https://bsky.app/profile/{author_of(uri)}/post/{uri.rpartition('/')[2]}"


def author_of(uri: str) -> str:
    """Whose record has this address."""
    return uri.removeprefix("at://").partition("/")[0]


def published_at(event: Event, record: Mapping[str, object], now: datetime) -> datetime:
    passed_on = min(from_epoch(0) + timedelta(microseconds=event.time_us), now)
    try:
        return min(parse_time(record.get("createdAt")), passed_on)
    except ValueError:
        return passed_on


def _language(langs: object) -> str | None:
    """What the author's client declares, if it is one language: two say nothing of the text."""
    declared = as_list(langs, "langs") if langs is not None else []
    only = declared[0] if len(declared) == 1 else None
    return only if isinstance(only, str) else None
