"""A deletion: somebody took back what they had said.

The platforms' terms ask that a deleted post is shown no more. What was counted stays counted: it
was said, and it was read.
"""

from dataclasses import dataclass

from detectors.records.codec import InvalidRecord, as_object, read_text, require_text


@dataclass(frozen=True, slots=True)
class Deletion:
    """Exactly one of `id` (one post) and `author` (an account, with all its posts) is given.

    They are spelt as in the `Mention` that they take back, `source` included.
    """

    source: str
    id: str | None = None
    author: str | None = None

    def __post_init__(self) -> None:
        if (self.id is None) == (self.author is None):
            raise ValueError("a deletion names either a post's id or an author")

    def to_json(self) -> dict[str, object]:
        subject = {"id": self.id} if self.id is not None else {"author": self.author}
        return {"source": self.source, **subject}

    @classmethod
    def from_json(cls, value: object) -> "Deletion":
        """Raises `InvalidRecord`."""
        record = as_object(value, "deletion")
        source = require_text(record, "source").lower()
        try:
            return cls(source, read_text(record, "id"), read_text(record, "author"))
        except ValueError as error:
            raise InvalidRecord("bad_field", f"deletion: {error}") from None
