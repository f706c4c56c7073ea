"""Text from outside made safe to count, to store and to show; nothing here judges it."""

import re
import unicodedata

_UNSAFE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
HANDLE = re.compile(r"@(?<![\w@]@)[\w.\-]*\w(?:@[\w.\-]*\w)?")


def clean(text: str, limit: int) -> str:
    """Drop NUL and other control characters, mend lone surrogates, trim, cut at `limit`.

    A surrogate pair that was escaped in halves becomes its character; a lone one U+FFFD.
    """
    if len(text) <= limit and text.isprintable():  # as nearly all is: a quarter of the time
        return text.strip()
    text = text[: limit * 2]
    if _SURROGATE.search(text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _UNSAFE.sub(" ", text).strip()[:limit].rstrip()


def one_line(text: str, limit: int) -> str:
    """White space folded and cut with an ellipsis: a post as it is quoted in an alert."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def fold(text: str) -> str:
    """The form in which names are compared: NFKC, case-folded, apostrophes straightened."""
    return unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'")


def without_addresses(text: str) -> str:
    """The text without URLs and @handles: neither says how somebody feels."""
    if "://" in text or "www." in text.lower():
        text = URL.sub(" ", text)
    return HANDLE.sub(" ", text) if "@" in text else text
