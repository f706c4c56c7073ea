"""The form in which text and queries are compared, and the way back to the text as written.

Unicode's compatibility forms (NFKC), case and diacritics make no difference, nor do curly quotes,
long dashes and characters that can't be seen. Signs that are letters of their own (the vowels of
Hindi, the voiced kana of Japanese) stay.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from listener.queries.words import MARKS

_DIACRITICS: Final = (  # Latin, Greek, Cyrillic; the points of Hebrew, the marks of Arabic
    "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
)
_UNSEEN: Final = (  # soft hyphens, joiners, directions, the variants of emoji
    "\u00ad\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\U000e0000-\U000e0fff"
)
_REPLACED: Final[Mapping[str, str]] = {
    # Letters that Unicode doesn't take apart.
    **{"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe"},
    **dict.fromkeys("\u2018\u2019\u201b\u02bc\u2032", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
}
_SPECIAL: Final = re.compile(f"[{_DIACRITICS}{_UNSEEN}{''.join(_REPLACED)}]")
# White space, or a character with the signs that belong to it: what Unicode would compose is never
# torn apart. Jamo, the parts of Korean syllables, are one run.
_PIECE: Final = re.compile(rf"\s+|(?:[\u1100-\u11ff]+|\S)[{MARKS}{_UNSEEN}\uff9e\uff9f]*")


def fold(text: str) -> str:
    """Folded, with single spaces for all white space; folding twice changes nothing."""
    if not text.isascii():
        text = _folded(text)
        return " ".join(text.split())
    return " ".join(text.lower().split())


def as_written(text: str) -> str:
    """The form that `raw:` compares: Unicode composed (NFC), with single spaces, else untouched."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _folded(text: str) -> str:
    text = unicodedata.normalize("NFKD", text).casefold()
    text = _SPECIAL.sub(_replacement, text)
    return unicodedata.normalize("NFKC", text)


def _replacement(found: re.Match[str]) -> str:
    return _REPLACED.get(found.group(), "")


@lru_cache(maxsize=4096)
def _folded_piece(piece: str) -> str:
    return _folded(piece)


def fold_aligned(text: str) -> tuple[str, Sequence[int]]:
    """`fold(text)`, and for each of its characters, and its end, where that stands in `text`."""
    folded: list[str] = []
    places: list[int] = []
    gap = False
    for found in _PIECE.finditer(text):
        piece, start = found.group(), found.start()
        plain = piece.lower() if piece.isascii() else _folded_piece(piece)
        for character in plain:
            if character.isspace():
                gap = bool(folded)
                continue
            if gap:
                folded.append(" ")
                places.append(start)
                gap = False
            folded.append(character)
            places.append(start)
    places.append(len(text))
    return "".join(folded), places
