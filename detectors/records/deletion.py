"""A deletion: somebody took back what they had said.

The platforms' terms ask that a deleted post is shown no more. What was counted stays counted: it
was said, and it was read.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from detectors.records.codec import InvalidRecord, as_object, read_text, require_text
from detectors.records.mention import MAX_FIELD, mention_key
from detectors.text import clean


@dataclass(frozen=True, slots=True)
class Deletion:
    """Exactly one of `id` (one post) and `author` (an account, with all its posts) is given.

    They are spelt as in the `Mention` that they take back, `source` included. Raises
    `InvalidRecord`.
    """

    source: str
    id: str | None = None
    author: str | None = None

    def __post_init__(self) -> None:
        for name in ("id", "author"):  # as `parse_mention` does, or a strange one is never found
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, clean(value, MAX_FIELD) or None)
        if (self.id is None) == (self.author is None):
            raise InvalidRecord("bad_field", "deletion: expected either a post's id or an author")

    @property
    def key(self) -> str | None:
        """The key of the mention that is taken back, if it is one."""
        return None if self.id is None else mention_key(self.source, self.id)

    def to_json(self) -> dict[str, object]:
        subject = {"id": self.id} if self.id is not None else {"author": self.author}
        return {"source": self.source, **subject}

    @classmethod
    def from_json(cls, value: object) -> "Deletion":
        """Raises `InvalidRecord`."""
        record = as_object(value, "deletion")
        source = require_text(record, "source").lower()[:MAX_FIELD]
        return cls(source, read_text(record, "id"), read_text(record, "author"))


class Deleted:
    """What some deletions take back, to be asked of many posts."""

    def __init__(self, deletions: Iterable[Deletion]) -> None:
        told = list(deletions)
        self._posts = {(item.source, item.id) for item in told if item.id is not None}
        self._authors = {(item.source, item.author) for item in told if item.author is not None}
        self._names = {hash(item.id or item.author) for item in told}

    def __bool__(self) -> bool:
        return bool(self._posts or self._authors)

    def may_concern(self, names: Iterable[int]) -> bool:
        """Whether posts with these `Bucket.names` may have to do with any: told quickly."""
        return not self._names.isdisjoint(names)

    def has_post(self, source: str, post: str) -> bool:
        """Whether that post was taken back by itself."""
        return (source, post) in self._posts

    def has_author(self, source: str, author: str | None) -> bool:
        """Whether all that this author said was taken back."""
        return (source, author) in self._authors
