"""How far a feed was read: the cursor of the feed connector, as JSON."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from detectors.records import InvalidRecord, dumps, loads
from detectors.records.codec import is_object

MAX_SEEN: Final = 2000
_MAX_VALIDATOR: Final = 1000


@dataclass(frozen=True, slots=True)
class Position:
    """The document's validators as of when all of it had been brought, and the marks of the items
    that were: those of the present document first, `MAX_SEEN` at most."""

    etag: str | None = None
    modified: str | None = None
    seen: tuple[str, ...] = ()

    @classmethod
    def parse(cls, cursor: str | None, url: str) -> "Position":
        """A cursor of another URL, or of no feed at all, counts as none."""
        try:
            record = loads(cursor or "{}")
        except InvalidRecord:
            return cls()
        if not is_object(record) or record.get("of") != _mark(url):
            return cls()
        seen = record.get("seen")
        marks = [mark for mark in seen if isinstance(mark, str)] if isinstance(seen, list) else []
        return cls(_short(record.get("etag")), _short(record.get("modified")), tuple(marks))

    def cursor(self, url: str) -> str:
        record = {
            "of": _mark(url),
            "etag": self.etag,
            "modified": self.modified,
            "seen": self.seen[:MAX_SEEN],
        }
        return dumps(record).decode()

    def conditions(self) -> dict[str, str]:
        """Request headers: answer only if the document changed (RFC 9110, 13.1)."""
        headers = {"If-None-Match": self.etag, "If-Modified-Since": self.modified}
        return {name: value for name, value in headers.items() if value}

    def after(self, brought: Iterable[str]) -> "Position":
        """With the marks of what was brought by now of the present document, in its order."""
        marks = dict.fromkeys([*brought, *self.seen])
        return Position(self.etag, self.modified, tuple(marks)[:MAX_SEEN])

    def complete(self, headers: Mapping[str, str]) -> "Position":
        """With the validators of the document that has been brought to its end."""
        etag, modified = headers.get("ETag"), headers.get("Last-Modified")
        return Position(_short(etag), _short(modified), self.seen)


def _short(value: object) -> str | None:
    """A header's value that may be sent back: printable ASCII of reasonable length."""
    if isinstance(value, str) and len(value) <= _MAX_VALIDATOR and value.isascii():
        return value if value.isprintable() and value else None
    return None


def _mark(url: str) -> str:
    return hashlib.blake2b(url.encode(), digest_size=6).hexdigest()
