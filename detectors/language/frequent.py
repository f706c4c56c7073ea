"""The frequent words of each language, and how many of them a text has.

They are what tells most texts apart, and counting them costs next to nothing: each word has one
number that holds a byte per language, so that the sum over the words of a text is all the counts.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Final

_BYTE: Final = 8
_MOST: Final = 255  # words that are counted: a byte holds no more


class FrequentWords:
    """Counts the frequent words of `languages` in a text."""

    def __init__(self, languages: Sequence[str]) -> None:
        listed = frequent_words()
        self._languages = len(languages)
        self._bytes: dict[str, int] = {}
        for place, language in enumerate(languages):
            for word in listed.get(language, ()):
                self._bytes[word] = self._bytes.get(word, 0) + (1 << _BYTE * place)

    def count(self, words: Sequence[str]) -> bytes:
        """How many of `words` (in lower case) are frequent in each language, a byte each."""
        total = sum(filter(None, map(self._bytes.get, words[:_MOST])))
        return total.to_bytes(self._languages, "little")


@cache
def frequent_words() -> Mapping[str, frozenset[str]]:
    """The words of `words.txt` by language."""
    words: dict[str, set[str]] = {}
    listed: set[str] = set()
    text = (files("detectors.language") / "words.txt").read_text("utf-8")
    for line in text.splitlines():
        if line.startswith("["):
            listed = words.setdefault(line.strip("[]"), set())
        elif not line.startswith("#"):
            listed.update(line.split())
    return {language: frozenset(listed) for language, listed in words.items()}
