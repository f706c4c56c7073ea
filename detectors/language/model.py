"""The fast detector: how much each word of a text speaks for each language.

A word speaks by the letters in it and by being one of the frequent words of a language. For the
letters, log-probabilities of its pairs and triples (with the spaces around it) come from the
profiles of `langdetect`, which are counts over Wikipedia, and are added up as naive Bayes does,
damped, since neighbouring triples repeat each other. The frequent words are in `words.txt`. What
a word says is worked out once and remembered; a text is the sum of its words.
"""

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Final

import langdetect
import numpy as np
import numpy.typing as npt

_UNSEEN: Final = 1e-4  # the probability of a pair or triple that a profile does not list
_LETTERS: Final = 0.2  # how much of the letters' log-probability counts
_FREQUENT: Final = 3.0  # nats for being a frequent word
_SIZES: Final = (2, 3)
MAX_TEXT: Final = 1_000
"""Characters of a text that are looked at: more than enough to tell."""
_REMEMBERED: Final = 40_000  # pieces of text between white space; about 8 MB
_LONGEST: Final = 30  # characters of a word that are looked at
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_STRETCHED: Final = re.compile(r"(.)\1{2,}")
# These are written in every language.
_EVERYWHERE: Final = frozenset(
    {"rt", "cc", "via", "lol", "xd", "xdd", "haha", "hahaha", "ok", "oh"}
)

Evidence = npt.NDArray[np.float32]
_STRANGE: Final = -1  # the row of a word in letters that no profile knows
_NOTHING: Final = -2  # the row of what holds no word


class WordModel:
    """Scores texts for `languages`, in nats; only differences between them mean something."""

    def __init__(self, languages: Sequence[str]) -> None:
        self.languages = tuple(languages)
        self._letters, self._letter_rows = _letter_table(self.languages)
        self._frequent = _frequent_table(self.languages)
        self._evidence = np.zeros((_REMEMBERED, len(languages)), np.float32)
        self._rows: dict[str, int] = {}

    def score(self, text: str) -> Evidence | None:
        """Per language; `None` where most of the words are in letters that none of them uses."""
        known = self._rows
        rows = []
        strange = 0
        pieces = text[:MAX_TEXT].lower().split()
        if len(known) + len(pieces) > _REMEMBERED:
            known.clear()
        for piece in pieces:
            row = known.get(piece)
            if row is None:
                row = self._learn(piece)
            if row >= 0:
                rows.append(row)
            elif row == _STRANGE:
                strange += 1
        if len(rows) <= strange:
            return None
        total: Evidence = np.add.reduce(self._evidence[rows])
        return total

    def _learn(self, piece: str) -> int:
        """The row of what stands between two white spaces, summed over the words in it."""
        words = [word for word in _WORD.findall(piece) if word not in _EVERYWHERE]
        weighed = [self._weigh(word[:_LONGEST]) for word in words]
        found = [evidence for evidence in weighed if evidence is not None]
        row = _NOTHING if not words else _STRANGE if not found else len(self._rows)
        if found:
            self._evidence[row] = np.add.reduce(found)
        self._rows[piece] = row
        return row

    def _weigh(self, word: str) -> Evidence | None:
        word = _STRETCHED.sub(r"\1", word).replace("’", "'")
        padded = f" {word} "
        rows = self._letter_rows
        pairs = map("".join, pairwise(padded))
        triples = map("".join, zip(padded, padded[1:], padded[2:], strict=False))
        found = [rows[piece] for piece in (*pairs, *triples) if piece in rows]
        frequent = self._frequent.get(word)
        if not found:
            return frequent
        letters: Evidence = np.add.reduce(self._letters[found])
        return letters if frequent is None else letters + frequent


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


def _frequent_table(languages: Sequence[str]) -> Mapping[str, Evidence]:
    """What being a frequent word says, for each word of `words.txt`."""
    table: dict[str, Evidence] = {}
    listed = frequent_words()
    for column, language in enumerate(languages):
        for word in listed.get(language, ()):
            row = table.setdefault(word, np.zeros(len(languages), np.float32))
            row[column] = _FREQUENT
    return table


@cache
def _letter_table(languages: Sequence[str]) -> tuple[Evidence, Mapping[str, int]]:
    """What pairs and triples of letters say, one a row, and which row is whose."""
    rows: dict[str, int] = {}
    shares: list[dict[int, float]] = []
    for column, language in enumerate(languages):
        profile = json.loads((files(langdetect) / "profiles" / language).read_text("utf-8"))
        for letters, count in profile["freq"].items():
            if len(letters) in _SIZES:
                row = rows.setdefault(letters, len(rows))
                if row == len(shares):
                    shares.append({})
                shares[row][column] = count / profile["n_words"][len(letters) - 1]
    table = np.full((len(rows), len(languages)), _UNSEEN, np.float32)
    for row, by in enumerate(shares):
        for column, share in by.items():
            table[row, column] += share
    np.log(table, out=table)
    table *= _LETTERS
    return table, rows
