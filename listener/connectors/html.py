"""HTML as the text that a reader sees. It never raises and takes time linear in the length."""

import html
import re
from typing import Final

_MAX_HTML: Final = 200_000
# What has no text for a reader, to its end or that of the document; then any other tag. A
# bracket that begins no tag ("a < b") is text.
_MARKUP: Final = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|<(?P<hidden>script|style|template|head)\b.*?(?:</(?P=hidden)\s*>|\Z)"
    r"|<!\[CDATA\[|\]\]>"
    r"|<[!?][^<>]*>"
    r"|</?(?P<tag>[a-z][a-z0-9:-]*)[^<>]*>",
    re.DOTALL | re.IGNORECASE,
)
_BLOCK: Final = re.compile(
    r"address|article|aside|blockquote|br|dd|div|d[lt]|figcaption|figure|footer|form|h[1-6]"
    r"|header|hr|li|main|nav|[ou]l|p|pre|section|table|t[dhr]",
    re.IGNORECASE,
)
_SPACES: Final = re.compile(r"[^\S\n]+")
_LINES: Final = re.compile(r"\s*\n\s*")


def text_of(markup: str) -> str:
    """Tags go, blocks become lines, entities their characters; white space is folded.

    Of very long documents only the first `_MAX_HTML` characters are read.
    """
    source = _SPACES.sub(" ", markup[:_MAX_HTML].replace("\n", " "))
    text = html.unescape(_MARKUP.sub(_without, source)).replace("\xa0", " ")
    return _LINES.sub("\n", _SPACES.sub(" ", text)).strip()


def _without(match: re.Match[str]) -> str:
    tag = match["tag"]
    return "\n" if tag is not None and _BLOCK.fullmatch(tag) else ""
