"""An item of a feed, whatever the format, and the mention that it becomes."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import parse_qs, urlsplit

from detectors.records import Kind, Mention, parse_mention
from detectors.records.mention import EARLIEST, MAX_FIELD

_GOOGLE: Final = re.compile(r"(?:www\.)?google(?:\.[a-z]{2,3}){1,2}")


class NotAFeed(Exception):
    """A document that is neither RSS nor Atom nor JSON Feed."""


@dataclass(frozen=True, slots=True)
class Item:
    """What the formats have in common; text is plain by now, and may be empty."""

    guid: str | None
    title: str
    body: str
    link: str | None
    author: str | None
    published_at: datetime | None
    language: str | None

    @property
    def text(self) -> str:
        """Title and body, once where the body begins with its title."""
        if self.body.startswith(self.title):
            return self.body
        return f"{self.title}\n{self.body}".strip()

    @property
    def id(self) -> str:
        """The item's own id, else its link, else what stands for its text.

        An item that Google only points to goes by where it points: alerts give the same page
        another id each.
        """
        page = direct(self.link)
        told = page if page and page != self.link else self.guid or page
        if told and len(told) <= MAX_FIELD:
            return told
        return _digest(told or self.text)

    @property
    def mark(self) -> str:
        """A short stand-in for the id, to remember it by."""
        return _digest(self.id)[:12]

    def mention(self, *, now: datetime, source: str, kind: Kind) -> Mention:
        """Raises `InvalidRecord`. Many feeds lack dates, or have wrong ones: such an item counts
        as published `now`."""
        page = direct(self.link)
        at = self.published_at
        return parse_mention(
            {
                "id": self.id,
                "text": self.text,
                "published_at": now if at is None or at < EARLIEST else min(at, now),
                "author": self.author,
                "url": page if page and len(page) <= MAX_FIELD else None,
                "language": self.language,
            },
            now=now,
            source=source,
            kind=kind,
        )


def direct(link: str | None) -> str | None:
    """Where a link leads, if it is one of Google's redirects; else the link itself."""
    if not link:
        return None
    try:
        parts = urlsplit(link)
        if parts.path != "/url" or not _GOOGLE.fullmatch(parts.hostname or ""):
            return link
        query = parse_qs(parts.query, max_num_fields=50)
    except ValueError:
        return link
    target = (query.get("url") or query.get("q") or [link])[0]
    return target if target.startswith(("https://", "http://")) else link


def _digest(text: str) -> str:
    data = text.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(data, digest_size=12).hexdigest()
