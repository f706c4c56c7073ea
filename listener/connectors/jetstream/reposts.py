"""Reposts, which on the wire only name their original: its words are remembered.

A repost of a post that is not among the last `_REMEMBERED` (about a quarter of an hour of all of
Bluesky, some 20 MB), or that was brought before a restart, has no words and is left out.
"""

from collections import OrderedDict
from datetime import datetime
from typing import Final, TypeVar

from detectors.records import Deletion, Mention, parse_mention
from detectors.records.codec import as_object, require_text
from detectors.records.mention import MAX_FIELD
from detectors.text import clean
from listener.connectors.jetstream.events import (
    REPOSTS,
    SOURCE,
    Event,
    author_of,
    link_to,
    published_at,
    uri_of,
)

_REMEMBERED: Final = 50_000
_T = TypeVar("_T")


class Originals:
    """The text and language of the latest posts, by their address."""

    def __init__(self) -> None:
        self._posts: OrderedDict[str, tuple[str, str | None]] = OrderedDict()
        self._gone: OrderedDict[str, None] = OrderedDict()

    def remember(self, post: Mention) -> None:
        _put(self._posts, post.id, (post.text, post.language))

    def forget(self, deletion: Deletion) -> None:
        """What was taken back is repeated no more."""
        if deletion.id is not None:
            self._posts.pop(deletion.id, None)
        if deletion.author is not None:
            _put(self._gone, deletion.author, None)

    def read_repost(self, event: Event, now: datetime) -> Mention | None:
        """The repost as a mention, `None` if its original is unknown. Raises `InvalidRecord`."""
        record = as_object(event.body.get("record"), "record")
        subject = as_object(record.get("subject"), "subject")
        original = clean(require_text(subject, "uri"), MAX_FIELD)
        if original not in self._posts or author_of(original) in self._gone:
            return None
        text, language = self._posts[original]
        return parse_mention(
            {
                "id": uri_of(event, REPOSTS),
                "text": text,
                "published_at": published_at(event, record, now),
                "author": event.did,
                "url": link_to(original),
                "language": language,
                "repost_of": original,
            },
            now=now,
            source=SOURCE,
            kind="microblog",
        )


def _put(remembered: OrderedDict[str, _T], key: str, value: _T) -> None:
    """The oldest makes room."""
    remembered[key] = value
    if len(remembered) > _REMEMBERED:
        remembered.popitem(last=False)
