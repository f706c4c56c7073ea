"""A status of Mastodon as a mention.

The same status has another number on each instance that shows it, and one address for all
(``uri``). Its mention goes by the instance where it was written and the number there,
``mastodon.social/1170…``, so that two connectors bring it as the same. A status from other
software, whose addresses look otherwise, goes by the address.
"""

import re
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from detectors.records import InvalidRecord, Mention, parse_mention
from detectors.records.codec import as_object, read_text, read_time, require_text
from detectors.records.mention import MAX_FIELD
from detectors.records.times import from_epoch
from detectors.text import clean
from listener.connectors.html import text_of

SOURCE: Final = "mastodon"
_ADDRESS: Final = re.compile(r"https?://([^/]+)/(?:[^/]+/)+statuses/(\d+)(?:/activity)?")
_REMEMBERED: Final = 50_000
# An id holds the milliseconds since 1970 above its 16 lowest bits.
_ID_SHIFT: Final = 16
IDS_A_SECOND: Final = 1000 << _ID_SHIFT
_MAX_DIGITS: Final = 19
_MILLISECOND: Final = timedelta(milliseconds=1)


def id_at(time: datetime) -> int:
    """The lowest id that a status of this time can have on any instance."""
    return max((time - from_epoch(0)) // _MILLISECOND, 0) << _ID_SHIFT


def parse_id(text: object) -> int | None:
    """An instance's number for a status."""
    if not isinstance(text, str) or len(text) > _MAX_DIGITS:
        return None
    return int(text) if text.isascii() and text.isdecimal() else None


def number_of(status: Mapping[str, object]) -> int:
    """Its number on this instance; raises `InvalidRecord`."""
    number = parse_id(status.get("id"))
    if number is None:
        raise InvalidRecord("bad_field", "id: expected a string of digits")
    return number


class Statuses:
    """Reads what one instance shows.

    A deletion bears this instance's number alone. Of statuses written elsewhere the last
    `_REMEMBERED` (some 10 MB) are known by it; those written here always are.
    """

    def __init__(self, host: str) -> None:
        self._host = host
        self._elsewhere: OrderedDict[int, str] = OrderedDict()

    def read(self, status: Mapping[str, object], domain: str, now: datetime) -> Mention | None:
        """The status as a mention, `None` if it has no words. Raises `InvalidRecord`.

        `domain` is what stands behind the names of this instance's own people.
        """
        number, name = number_of(status), _name(require_text(status, "uri"))
        if name != self._own(number):
            self._elsewhere[number] = name
            if len(self._elsewhere) > _REMEMBERED:
                self._elsewhere.popitem(last=False)
        original = status.get("reblog")
        said = status if original is None else as_object(original, "reblog")
        text = _text(said)
        if not text:
            return None
        account = as_object(status.get("account"), "account")
        acct = require_text(account, "acct")
        return parse_mention(
            {
                "id": name,
                "text": text,
                "published_at": min(read_time(status, "created_at"), now),
                "author": acct if "@" in acct else f"{acct}@{domain}",
                "url": read_text(said, "url") or read_text(said, "uri"),
                "language": read_text(said, "language"),
                "reach": _followers(account),
                "is_reply": status.get("in_reply_to_id") is not None,
                "repost_of": None if original is None else _name(require_text(said, "uri")),
            },
            now=now,
            source=SOURCE,
            kind="microblog",
        )

    def name_of(self, number: int) -> str:
        """The id of the mention that this instance calls by the number."""
        return self._elsewhere.get(number, self._own(number))

    def _own(self, number: int) -> str:
        return f"{self._host}/{number}"


def _name(uri: str) -> str:
    """Raises `InvalidRecord` where nothing is left of it to go by."""
    found = _ADDRESS.fullmatch(uri)
    name = clean(f"{found[1].lower()}/{found[2]}" if found else uri, MAX_FIELD)
    if not name:
        raise InvalidRecord("missing_field", "uri: missing")
    return name


def _text(status: Mapping[str, object]) -> str:
    """The words, behind those of the warning that hides them, which often say what it is about."""
    content = status.get("content")
    if not isinstance(content, str):
        raise InvalidRecord("missing_text", "content: expected a string")
    warning = read_text(status, "spoiler_text") or ""
    return f"{warning}\n{text_of(content)}".strip()


def _followers(account: Mapping[str, object]) -> int | None:
    """Some software hides the count as -1."""
    count = account.get("followers_count")
    return count if type(count) is int and count >= 0 else None
