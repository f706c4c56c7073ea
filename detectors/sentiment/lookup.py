"""Looking a word up in a lexicon, however it is spelled.

As it is written out, by the longest pattern, with stretched letters squeezed ("leuuuuk"), and with
accents left out ("decu") or put on for emphasis ("wéér").
"""

import unicodedata

from detectors.sentiment.lexicon import SHORTEST_PATTERN, Lexicon
from detectors.sentiment.vocabulary import STRETCHED


class WordLookup:
    """The words of one lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._words = lexicon.words
        self._beginnings, self._endings = lexicon.beginnings, lexicon.endings
        self.without_accents = {
            bare(word): v for word, v in lexicon.words.items() if not word.isascii()
        }
        self._accented = _accented_without_score(lexicon)

    def find(self, word: str) -> tuple[str, float]:
        """The spelling under which the lexicon knows a lower-case word, and its score or 0."""
        value = self.value(word)
        form = word
        if value is None and STRETCHED.search(word):
            form, value = self._squeezed(word)
        if value is not None:
            return form, value
        if form.isascii():
            return form, self.without_accents.get(form, 0.0)
        if form in self._accented:
            return form, 0.0
        form = bare(form)
        return form, self.value(form) or 0.0

    def _squeezed(self, word: str) -> tuple[str, float | None]:
        for kept in (r"\1\1", r"\1"):
            form = STRETCHED.sub(kept, word)
            value = self.value(form)
            if value is not None or form in self._lexicon.negations:
                break
        return form, value

    def value(self, word: str) -> float | None:
        """Its score as it stands, or that of the longest pattern that fits."""
        value = self._words.get(word)
        if value is not None:
            return value
        for length in range(len(word), SHORTEST_PATTERN - 1, -1):
            value = self._beginnings.get(word[:length])
            if value is None:
                value = self._endings.get(word[-length:])
            if value is not None:
                return value
        return None


def bare(word: str) -> str:
    """The word without its accents."""
    letters = unicodedata.normalize("NFKD", word)
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _accented_without_score(lexicon: Lexicon) -> frozenset[str]:
    """Words with accents that matter without having a score."""
    sections = (lexicon.negations, lexicon.boosters, lexicon.contrast, lexicon.breaks)
    words = {word for section in (*sections, *lexicon.phrases) for word in section}
    return frozenset(word for word in words if not word.isascii())
