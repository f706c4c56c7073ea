"""Hostile text made fit to be shown: on a terminal, in a chat, in a mail."""

import unicodedata
from typing import Final
from urllib.parse import urlsplit

from detectors.text import one_line

# Joiners that scripts and emoji need; the other format characters reorder or hide text.
_KEPT: Final = frozenset("\u200c\u200d")
_MAX_LINK: Final = 2000


def visible(text: str, limit: int) -> str:
    """`text` on one line of at most `limit` characters, none of which steers a terminal.

    Control characters (escape sequences among them) become spaces, the invisible ones that
    reorder text or hide in it go away.
    """
    return one_line("".join(_shown(character) for character in text[: limit * 4]), limit)


def _shown(character: str) -> str:
    category = unicodedata.category(character)
    if category in {"Cc", "Zl", "Zp"}:
        return " "
    if category == "Cs":
        return "\ufffd"
    return "" if category == "Cf" and character not in _KEPT else character


def web_link(url: str | None) -> str | None:
    """`url` if it is a plain http(s) address that can be shown and followed, else `None`.

    Only printable ASCII without quotes, angle brackets and bars: nothing in it ends a link or
    begins another in HTML, in Slack's markup or in a terminal's.
    """
    if url is None or len(url) > _MAX_LINK or not url.isascii() or not url.isprintable():
        return None
    if any(character in " \"'<>|\\^`{}" for character in url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    follows = parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc
    return url if follows else None
