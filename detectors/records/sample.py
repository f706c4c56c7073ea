"""A post worth showing, and which few of many are."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from sys import intern
from typing import Final

from detectors.records.codec import (
    as_object,
    iso,
    read_number,
    read_text,
    read_time,
    require_count,
    require_text,
)
from detectors.records.deletion import Deleted
from detectors.text import one_line

MAX_SAMPLES: Final = 3
MAX_SAMPLE_TEXT: Final = 280

Order = tuple[float, float, bool, str, str]
Original = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Sample:
    """A post worth showing, its text on one line and cut at `MAX_SAMPLE_TEXT` characters.

    `repost_of` is the id of the original, whose text this is; `author` and `url` are those of
    the repost. The text is empty where the post was taken back.
    """

    id: str
    source: str
    kind: str
    text: str
    published_at: datetime
    author: str | None = None
    url: str | None = None
    language: str | None = None
    compound: float | None = None
    reach: int = 0
    repost_of: str | None = None

    @property
    def original(self) -> Original:
        """What it says, it says as this post: the same for an original and all its reposts."""
        return self.source, self.repost_of or self.id

    @property
    def is_deleted(self) -> bool:
        """Whether it may no longer be shown."""
        return not self.text

    @property
    def worst_first(self) -> Order:
        """Most negative first, then the widest reach; the id makes the order total."""
        return (self.compound or 0.0, -self.reach, self.repost_of is not None, self.id, self.source)

    @property
    def widest_first(self) -> Order:
        return (-self.reach, self.compound or 0.0, self.repost_of is not None, self.id, self.source)

    def without(self, deleted: Deleted) -> "Sample":
        """What of it may still be shown.

        An original that was taken back takes its reposts with it. A repost that was taken back
        leaves what was said: only who passed it on is forgotten.
        """
        if deleted.has_post(*self.original):
            return self.deleted()
        if deleted.has_post(self.source, self.id) or deleted.has_author(self.source, self.author):
            return self.deleted() if self.repost_of is None else self._without_author()
        return self

    def deleted(self) -> "Sample":
        """The place that it takes in the order, and nothing of what it said."""
        return replace(self._without_author(), text="")

    def _without_author(self) -> "Sample":
        return replace(self, author=None, url=None)

    def to_json(self) -> dict[str, object]:
        record: dict[str, object] = {
            "id": self.id,
            "source": self.source,
            "kind": self.kind,
            "text": self.text,
            "published_at": iso(self.published_at),
            "reach": self.reach,
        }
        for name in ("author", "url", "language", "compound", "repost_of"):
            value = getattr(self, name)
            if value is not None:
                record[name] = value
        return record

    @classmethod
    def from_json(cls, value: object) -> "Sample":
        record = as_object(value, "sample")
        language = read_text(record, "language")
        return cls(
            id=require_text(record, "id"),
            # Few words for very many posts: JSON brings each anew.
            source=intern(require_text(record, "source")),
            kind=intern(require_text(record, "kind")),
            text=one_line(read_text(record, "text") or "", MAX_SAMPLE_TEXT),
            published_at=read_time(record, "published_at"),
            author=read_text(record, "author"),
            url=read_text(record, "url"),
            language=intern(language) if language else None,
            compound=read_number(record, "compound") if "compound" in record else None,
            reach=require_count(record, "reach"),
            repost_of=read_text(record, "repost_of"),
        )


def first_of(samples: Iterable[Sample], order: Callable[[Sample], Order]) -> list[Sample]:
    """The first `MAX_SAMPLES` in this order, in which a post and its reposts are one.

    The one of them that is first stands for all; what was deleted once stays so, and keeps its
    place. So it doesn't matter in which portions, or in which order, the samples come together.
    """
    posts: dict[tuple[str, str], Sample] = {}
    for sample in sorted(samples, key=order):
        original = sample.original
        first = posts.setdefault(original, sample)
        if first is not sample and (first.is_deleted or sample.is_deleted):
            posts[original] = first.deleted()
    return list(posts.values())[:MAX_SAMPLES]
