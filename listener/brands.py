"""Brands and the terms that they are listened for by.

A term is a name ("JetBlue", "T-Mobile") or a handle or hashtag ("@jetblue"). It matches as whole
words in text that is Unicode-normalised and case-folded, whatever white space stands between
them; a name also matches within a handle or hashtag of just that name. The first word of every
term is looked up in one table, so the cost hardly grows with the number of brands.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from detectors.records import Mention
from detectors.text import fold

_WORD: Final = re.compile(r"\w+")
_MAX_NAME: Final = 200


@dataclass(frozen=True, slots=True)
class Brand:
    """A brand by its `name` and the `terms` that speak of it (its name where none are given)."""

    name: str
    terms: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise ValueError("a brand needs a name")
        if len(self.name) > _MAX_NAME:
            raise ValueError(f"a brand's name has at most {_MAX_NAME} characters")
        if any(unicodedata.category(character) in {"Cc", "Cs"} for character in self.name):
            raise ValueError(f"the name {self.name!r} holds characters that can't be shown")
        for term in self.terms or (self.name,):
            if not _WORD.search(fold(term)):
                raise ValueError(f"the term {term!r} has no letters or digits to match")

    @classmethod
    def parse(cls, text: str) -> "Brand":
        """Read ``NAME=term,term`` or just ``NAME``; raises ValueError."""
        name, _, terms = text.partition("=")
        return cls(name.strip(), tuple(term.strip() for term in terms.split(",") if term.strip()))


@dataclass(frozen=True, slots=True)
class _Literal:
    """A folded term; `before` is how many characters of it stand before its first word."""

    text: str
    before: int
    brand: str


class TermMatcher:
    """Matches mentions against the terms of all brands at once."""

    def __init__(self, brands: Iterable[Brand]) -> None:
        self._brands = list(brands)
        self._order = {brand.name: place for place, brand in enumerate(self._brands)}
        self._by_first_word: dict[str, list[_Literal]] = {}
        self._names: dict[str, re.Pattern[str]] = {}
        for brand in self._brands:
            terms = brand.terms or (brand.name,)
            for term in terms:
                self._index(_one_spaced(fold(term)), brand.name)
            patterns = {r"\s+".join(map(re.escape, _plain(term).split())) for term in terms}
            longest_first = sorted(patterns, key=len, reverse=True)
            self._names[brand.name] = re.compile(
                rf"(?<!\w)(?:{'|'.join(longest_first)})(?!\w)", re.IGNORECASE
            )

    def _index(self, term: str, brand: str) -> None:
        first = _WORD.search(term)
        if first is not None:
            literal = _Literal(term, first.start(), brand)
            self._by_first_word.setdefault(first.group(), []).append(literal)

    def match(self, mention: Mention) -> Sequence[str]:
        """The names of the brands that the mention's text speaks of, in configured order."""
        text = _one_spaced(fold(mention.text))
        found: set[str] = set()
        for word in _WORD.finditer(text):
            for literal in self._by_first_word.get(word.group(), ()):
                start = word.start() - literal.before
                if literal.brand not in found and _stands_alone(text, start, literal.text):
                    found.add(literal.brand)
        return sorted(found, key=self._order.__getitem__)

    def without_names(self, text: str, brands: Collection[str]) -> str:
        """The text with the terms of `brands` blanked: "united" alone scores +1.8 in VADER.

        Its letters are normalised but keep their case, by which VADER knows who shouts.
        """
        text = _plain(text)
        for brand in brands:
            text = self._names[brand].sub(" ", text)
        return text


def _stands_alone(text: str, start: int, term: str) -> bool:
    if start < 0 or not text.startswith(term, start):
        return False
    end = start + len(term)
    starts_clean = start == 0 or not (_is_word(text[start - 1]))
    return starts_clean and (end == len(text) or not _is_word(text[end]))


def _plain(text: str) -> str:
    """`fold` but for the case."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFKC", text).replace("\u2019", "'")


def _one_spaced(text: str) -> str:
    return " ".join(text.split())


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"
