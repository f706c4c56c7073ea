"""Where words begin and end, in every script.

Chinese, Japanese, Thai, Lao, Khmer and Burmese are written without spaces, and Korean joins its
particles to the name: there, and for emoji, a name is found wherever it stands. In all other
scripts it has to stand alone. Signs that belong to a letter belong to its word.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from typing import Final, Literal

_UNSPACED: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff"  # Thai, Lao, Burmese, jamo, Khmer
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3038-\u303b\u3041-\u31bf\u31f0-\u31ff"  # kana, Hangul
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"  # Han, Hangul
)


def _marks() -> str:
    """The signs that belong to a letter, as ranges for a regular expression."""
    blocks = (range(0x300, 0x3100), range(0xA600, 0xAC00), range(0xFB00, 0xFE30))
    codes = [code for block in (*blocks, range(0x10000, 0x12000)) for code in block]
    marks = {code for code in codes if unicodedata.category(chr(code))[0] == "M"}
    firsts = sorted(code for code in marks if code - 1 not in marks)
    lasts = sorted(code for code in marks if code + 1 not in marks)
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in zip(firsts, lasts, strict=True))


MARKS: Final = _marks()
IN_WORD: Final = rf"[\w{MARKS}]"
"""A character of a word, as a regular expression."""
_SPACED_LETTER: Final = rf"[^\W{_UNSPACED}]"
_UNSPACED_LETTER: Final = re.compile(f"[{_UNSPACED}]")
_TOKEN: Final = re.compile(rf"[{_UNSPACED}]|(?:{_SPACED_LETTER}|[{MARKS}])+")

Span = tuple[int, int]
"""From where to where in a text; the end is exclusive."""
_Class = Literal["letter", "free", "other"]


class _Classes(dict[str, _Class]):
    """How each character bears on the edges of words, worked out when first met.

    It grows no larger than Unicode.
    """

    def __missing__(self, character: str) -> _Class:
        found = self[character] = _class(character)
        return found


def _class(character: str) -> _Class:
    category = unicodedata.category(character)
    if category == "So" or "\U0001f3fb" <= character <= "\U0001f3ff":  # emoji, shades of skin
        return "free"
    if _UNSPACED_LETTER.match(character):
        return "free"
    is_letter = character.isalnum() or character == "_" or category[0] == "M"
    return "letter" if is_letter else "other"


_CLASSES: Final = _Classes()


def can_be_found(literal: str) -> bool:
    """Whether it holds a letter, a digit or an emoji, and not only punctuation."""
    return any(_CLASSES[character] != "other" for character in literal)


def is_free(character: str) -> bool:
    """Whether it needs no space beside it to be found."""
    return _CLASSES[character] == "free"


def stands_alone(text: str, start: int, end: int) -> bool:
    """Whether what is found at (`start`, `end`) is no part of a longer word."""
    if start and _CLASSES[text[start - 1]] == "letter" and not is_free(text[start]):
        return False
    return end == len(text) or _CLASSES[text[end]] != "letter" or is_free(text[end - 1])


def alone(pattern: str, first: str, last: str) -> str:
    """The regular expression `pattern`, standing alone; `first` and `last` are its characters."""
    before = "" if is_free(first) else rf"(?<!{_SPACED_LETTER})(?<![{MARKS}])"
    after = "" if is_free(last) else rf"(?!{_SPACED_LETTER})(?![{MARKS}])"
    return f"{before}{pattern}{after}"


def word_starts(text: str) -> Sequence[int]:
    """Where the words of a text begin; each character of an unspaced script is a word."""
    return [token.start() for token in _TOKEN.finditer(text)]


def words_between(starts: Sequence[int], start: int, end: int) -> int:
    """How many words begin from `start` to before `end`."""
    return bisect_left(starts, end) - bisect_left(starts, start)
