"""How much the letters of a text speak for each language.

The log-probabilities of its pairs and triples of letters (with the spaces around words) come from
the profiles of `langdetect`, which are counts over Wikipedia. They are added up as naive Bayes
does, damped, since neighbouring triples repeat each other.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise, repeat
from typing import Final

import langdetect
import numpy as np
import numpy.typing as npt

_UNSEEN: Final = 1e-4  # the probability of a pair or triple that a profile does not list
_WEIGHT: Final = 0.15  # how much of the log-probabilities counts
_SIZES: Final = (2, 3)

Evidence = npt.NDArray[np.float32]


class Letters:
    """Scores texts for `languages`, in nats; only differences between them mean something."""

    def __init__(self, languages: Sequence[str]) -> None:
        self._table, self._rows = _letter_table(tuple(languages))

    def score(self, words: Iterable[str]) -> Evidence | None:
        """Per language; `None` where most of the letters are such as none of them uses."""
        text = f" {' '.join(words)} "
        pairs = list(map(self._rows.get, map("".join, pairwise(text)), repeat(0)))
        if pairs.count(0) * 2 >= len(pairs):
            return None
        triples = map("".join, zip(text, text[1:], text[2:], strict=False))
        rows = [*pairs, *map(self._rows.get, triples, repeat(0))]
        score: Evidence = self._table.take(rows, axis=0).sum(axis=0)
        return score


def has_profile(language: str) -> bool:
    """Whether `langdetect` has counts for it."""
    return (files(langdetect) / "profiles" / language).is_file()


@cache
def _letter_table(languages: tuple[str, ...]) -> tuple[Evidence, Mapping[str, int]]:
    """What pairs and triples say, one a row, and which row is whose; row 0 says nothing."""
    rows: dict[str, int] = {}
    shares: list[tuple[int, int, float]] = []
    for column, language in enumerate(languages):
        profile = json.loads((files(langdetect) / "profiles" / language).read_text("utf-8"))
        for letters, count in profile["freq"].items():
            if len(letters) in _SIZES:
                row = rows.setdefault(letters, len(rows) + 1)
                shares.append((row, column, count / profile["n_words"][len(letters) - 1]))
    table = np.full((len(rows) + 1, len(languages)), _UNSEEN, np.float32)
    at_rows, at_columns, share = zip(*shares, strict=True)
    table[at_rows, at_columns] += share
    table[0] = 1.0
    np.log(table, out=table)
    table *= _WEIGHT
    return table, rows
