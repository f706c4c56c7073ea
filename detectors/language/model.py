"""The fast detector: how much each word of a text speaks for each language.

A word speaks by the letters in it and by being one of the frequent words of a language. For the
letters, log-probabilities of its pairs and triples (with the spaces around it) come from the
profiles of `langdetect`, which are counts over Wikipedia, and are added up as naive Bayes does,
damped, since neighbouring triples repeat each other. The frequent words are in `words.txt`. What
a word says is worked out once and remembered; a text is the sum of its words.
"""

import json
import math
import re
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Final

import langdetect

_UNSEEN: Final = 1e-4  # the probability of a pair or triple that a profile does not list
_LETTERS: Final = 0.2  # how much of the letters' log-probability counts
_FREQUENT: Final = 3.0  # nats for being a frequent word
_SIZES: Final = (2, 3)
_REMEMBERED: Final = 20_000  # words; about 15 MB
_LONGEST: Final = 30  # characters of a word that are looked at
_MAX_TEXT: Final = 1_000  # characters: more than enough to tell
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_STRETCHED: Final = re.compile(r"(.)\1{2,}")
# These are written in every language.
_EVERYWHERE: Final = frozenset(
    {"rt", "cc", "via", "lol", "xd", "xdd", "haha", "hahaha", "ok", "oh"}
)

Evidence = tuple[float, ...]


class WordModel:
    """Scores texts for `languages`, in nats; only differences between them mean something."""

    def __init__(self, languages: Sequence[str]) -> None:
        self.languages = tuple(languages)
        self._letters = _letter_table(self.languages)
        words = frequent_words()
        self._frequent = [words.get(language, frozenset()) for language in self.languages]
        self._known: dict[str, Evidence | None] = {}

    def score(self, text: str) -> Evidence | None:
        """Per language; `None` where most of the words are in letters that none of them uses."""
        rows = []
        strange = 0
        for word in _WORD.findall(text[:_MAX_TEXT].lower()):
            if word in _EVERYWHERE:
                continue
            evidence = self._known[word] if word in self._known else self._learn(word)
            if evidence is None:
                strange += 1
            else:
                rows.append(evidence)
        if len(rows) <= strange:
            return None
        return tuple(map(sum, zip(*rows, strict=True)))

    def _learn(self, word: str) -> Evidence | None:
        evidence = self._weigh(word[:_LONGEST])
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        if len(word) <= _LONGEST:
            self._known[word] = evidence
        return evidence

    def _weigh(self, word: str) -> Evidence | None:
        word = _STRETCHED.sub(r"\1", word).replace("’", "'")
        padded = f" {word} "
        rows = [
            row
            for size in _SIZES
            for i in range(len(padded) - size + 1)
            if (row := self._letters.get(padded[i : i + size])) is not None
        ]
        frequent = [_FREQUENT if word in words else 0.0 for words in self._frequent]
        if not rows:
            return tuple(frequent) if any(frequent) else None
        letters = [_LETTERS * sum(column) for column in zip(*rows, strict=True)]
        best = max(letters)
        return tuple(value - best + more for value, more in zip(letters, frequent, strict=True))


def frequent_words() -> Mapping[str, frozenset[str]]:
    """The words of `words.txt` by language."""
    words: dict[str, set[str]] = {}
    language = ""
    text = (files("detectors.language") / "words.txt").read_text("utf-8")
    for line in text.splitlines():
        if line.startswith("["):
            language = line.strip("[]")
        elif not line.startswith("#"):
            words.setdefault(language, set()).update(line.split())
    return {language: frozenset(listed) for language, listed in words.items()}


def has_profile(language: str) -> bool:
    """Whether `langdetect` has counts for it."""
    return (files(langdetect) / "profiles" / language).is_file()


@cache
def _letter_table(languages: Collection[str]) -> Mapping[str, Evidence]:
    shares: dict[str, dict[str, float]] = {}
    for language in languages:
        profile = json.loads((files(langdetect) / "profiles" / language).read_text("utf-8"))
        for letters, count in profile["freq"].items():
            if len(letters) in _SIZES:
                share = count / profile["n_words"][len(letters) - 1]
                shares.setdefault(letters, {})[language] = share
    return {
        letters: tuple(math.log(by.get(language, 0.0) + _UNSEEN) for language in languages)
        for letters, by in shares.items()
    }
