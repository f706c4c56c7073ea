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

from listener.queries.words import MARKS, Span

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
_SHORT: Final = 8  # characters of a piece that is worth remembering
_BEYOND_ASCII: Final = re.compile(r"[^\x00-\x7f]")
_WORD: Final = re.compile(r"\S+")
_SPECIAL: Final = re.compile(f"[{_DIACRITICS}{_UNSEEN}{''.join(_REPLACED)}]")
# A run of ASCII, or a character with the signs that belong to it: what Unicode would compose is
# never torn apart. Jamo, the parts of Korean syllables, are one run.
_PIECE: Final = re.compile(
    rf"[\x00-\x7f]+(?![^\x00-\x7f])|(?:[\u1100-\u11ff]+|.)[{MARKS}{_UNSEEN}\uff9e\uff9f]*",
    re.DOTALL,
)


def fold(text: str) -> str:
    """Folded, with single spaces for all white space; folding twice changes nothing."""
    if not text.isascii():
        text = _folded(text)
    elif text.isprintable() and "  " not in text:  # so no white space but single spaces
        return text.lower().strip()
    else:
        text = text.lower()
    return " ".join(text.split())


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


def fold_account(name: str) -> str:
    """The name of an account as it is compared: folded, without the @ before it."""
    return fold(name).removeprefix("@")


def fold_aligned(text: str) -> tuple[str, Sequence[int]]:
    """`fold(text)`, and for each of its characters, and its end, where that stands in `text`."""
    folded = fold(text)
    if len(folded) == len(text) and _folds_one_to_one(text):
        return folded, range(len(text) + 1)
    spaced, places = _piece_by_piece(text)
    kept: list[int] = []
    end = 0
    for word in _WORD.finditer(spaced):
        if kept:
            kept.append(places[end])
        start, end = word.span()
        kept += places[start:end]
    return " ".join(spaced.split()), [*kept, places[end]]


def _piece_by_piece(text: str) -> tuple[str, Sequence[int]]:
    """The same with its white space left as it is."""
    if text.isascii():
        return text.lower(), range(len(text) + 1)
    folded = ""
    places: list[int] = []
    for found in _PIECE.finditer(text):
        piece, start = found.group(), found.start()
        if piece.isascii():
            folded += piece.lower()
            places += range(start, found.end())
        else:
            plain = _folded_piece(piece) if len(piece) <= _SHORT else _folded(piece)
            folded += plain
            places += [start] * len(plain)
    return folded, [*places, len(text)]


def _folds_one_to_one(text: str) -> bool:
    """Whether each character becomes one, given that all become as many as they were."""
    return text.isascii() or all(
        len(_folded_piece(character)) == 1 for character in _BEYOND_ASCII.findall(text)
    )


def span_as_written(places: Sequence[int], span: Span) -> Span:
    """Where what stands at `span` in the folded text stands in the text, with its signs."""
    start, end = span
    last = places[end - 1]
    while places[end] == last:
        end += 1
    return places[start], places[end]
