"""A mention: what somebody said, once, somewhere.

The same JSON object in files, on the `mentions` topic and from the webhook; its schema is
`mention.schema.json` beside this module, and a test holds the two together.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, get_args

from detectors.records.codec import (
    InvalidRecord,
    as_object,
    iso,
    read_count,
    read_flag,
    read_text,
    read_time,
)
from detectors.text import clean

SCHEMA_VERSION: Final = 1
MAX_TEXT: Final = 10_000
MAX_FIELD: Final = 500
# A source's clock may run ahead of ours by this much before a date counts as wrong.
FUTURE_TOLERANCE: Final = timedelta(minutes=5)
# An earlier date (year 1, 1900, 1970) is what some tool writes for "unknown".
EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)

Kind = Literal["microblog", "forum", "news", "review", "video", "other"]
KINDS: Final[Mapping[str, Kind]] = {kind: kind for kind in get_args(Kind)}


@dataclass(frozen=True, slots=True)
class Mention:
    """What somebody said. `published_at` is aware and in UTC; `reach` counts people or reposts.

    A repost is a mention of its own, with an `id` of its own and the original's text; `repost_of`
    is the original's `id` at the same source, where that is known.

    `source` is the platform ("bluesky"), not the connector: two connectors that bring the same
    post must give it the same `key`.
    """

    id: str
    text: str
    published_at: datetime
    source: str = "unknown"
    kind: Kind = "other"
    author: str | None = None
    url: str | None = None
    language: str | None = None
    reach: int | None = None
    is_reply: bool = False
    is_repost: bool = False
    repost_of: str | None = None

    @property
    def key(self) -> str:
        """What makes it the same mention again, whoever brings it."""
        return mention_key(self.source, self.id)

    def to_json(self) -> dict[str, object]:
        """The wire form; what is unknown is left out."""
        record: dict[str, object] = {
            "schema_version": SCHEMA_VERSION,
            "id": self.id,
            "text": self.text,
            "published_at": iso(self.published_at),
            "source": self.source,
            "kind": self.kind,
        }
        optional = {
            "author": self.author,
            "url": self.url,
            "language": self.language,
            "reach": self.reach,
            "is_reply": self.is_reply or None,
            "is_repost": self.is_repost or None,
            "repost_of": self.repost_of,
        }
        record.update((name, value) for name, value in optional.items() if value is not None)
        return record


def mention_key(source: str, mention: str) -> str:
    """The key of the mention with that id."""
    return f"{source}\x1f{mention}"


def parse_mention(
    data: object, *, now: datetime, source: str = "unknown", kind: Kind = "other"
) -> Mention:
    """Read a mention from its JSON form; `source` and `kind` fill in where it names none.

    Over-long text is cut at `MAX_TEXT` characters, control characters and lone surrogates are
    mended, an absent id is derived from what was said when and by whom. Raises `InvalidRecord`
    with one of the codes ``not_an_object, unknown_schema, missing_text, empty_text,
    missing_date, bad_date, future_date, bad_field``.
    """
    record = as_object(data, "mention")
    _check_version(record)
    text = _text(record)
    published_at = read_time(record, "published_at")
    if published_at > now + FUTURE_TOLERANCE:
        raise InvalidRecord("future_date", f"published_at: {iso(published_at)} is in the future")
    if published_at < EARLIEST:
        raise InvalidRecord("bad_date", f"published_at: {iso(published_at)} is before 2000")
    author = _short(record, "author")
    source = (_short(record, "source") or source).lower()[:MAX_FIELD]
    repost_of = _short(record, "repost_of")
    return Mention(
        id=_short(record, "id") or _derived_id(source, author, published_at, text),
        text=text,
        published_at=published_at,
        source=source,
        kind=_kind(record, kind),
        author=author,
        url=_short(record, "url"),
        language=_short(record, "language"),
        reach=read_count(record, "reach"),
        is_reply=read_flag(record, "is_reply"),
        is_repost=read_flag(record, "is_repost") or repost_of is not None,
        repost_of=repost_of,
    )


def _check_version(record: Mapping[str, object]) -> None:
    version = record.get("schema_version", SCHEMA_VERSION)
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise InvalidRecord("unknown_schema", "schema_version: expected a whole number from 1 up")


def _text(record: Mapping[str, object]) -> str:
    raw = record.get("text")
    if raw is None:
        raise InvalidRecord("missing_text", "text: missing")
    if not isinstance(raw, str):
        raise InvalidRecord("bad_field", "text: expected a string")
    text = clean(raw, MAX_TEXT)
    if not text:
        raise InvalidRecord("empty_text", "text: empty")
    return text


def _short(record: Mapping[str, object], field: str) -> str | None:
    value = read_text(record, field)
    return clean(value, MAX_FIELD) or None if value is not None else None


def _kind(record: Mapping[str, object], default: Kind) -> Kind:
    value = read_text(record, "kind")
    if value is None:
        return default
    known = KINDS.get(value)
    if known is None:
        raise InvalidRecord("bad_field", f"kind: expected one of {', '.join(sorted(KINDS))}")
    return known


def _derived_id(source: str, author: str | None, published_at: datetime, text: str) -> str:
    told = "\x1f".join((source, author or "", iso(published_at), text))
    return hashlib.blake2b(told.encode(), digest_size=12).hexdigest()
