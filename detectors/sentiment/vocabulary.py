"""Whether a lexicon may know anything of a word: most words of most texts are none of its."""

import re
from collections.abc import Collection
from typing import Final

from detectors.sentiment.lexicon import SHORTEST_PATTERN, Lexicon

STRETCHED: Final = re.compile(r"(.)\1{2,}")
"""Letters that are repeated for emphasis, as in "leuuuuk"."""


class Vocabulary:
    """Every word that stands in a lexicon or in `others`, and how its patterns begin and end."""

    def __init__(self, lexicon: Lexicon, others: Collection[str]) -> None:
        in_phrases = {word for phrase in lexicon.phrases for word in phrase}
        begun = {word[:-1] for word in in_phrases if word.endswith("*")} | lexicon.beginnings.keys()
        self._words = frozenset().union(
            lexicon.words,
            lexicon.negations,
            lexicon.boosters,
            lexicon.contrast,
            lexicon.breaks,
            lexicon.irony,
            in_phrases,
            others,
        )
        self._heads = frozenset(entry[:SHORTEST_PATTERN] for entry in begun)
        self._tails = frozenset(entry[-SHORTEST_PATTERN:] for entry in lexicon.endings)
        self._short = tuple(entry for entry in begun if len(entry) < SHORTEST_PATTERN)

    def may_know(self, word: str) -> bool:
        """Whether it is worth looking a lower-case word up; in doubt it is."""
        return (
            word in self._words
            or word[:SHORTEST_PATTERN] in self._heads
            or word[-SHORTEST_PATTERN:] in self._tails
            or not word.isascii()
            or word.startswith(self._short)
            or STRETCHED.search(word) is not None
        )
