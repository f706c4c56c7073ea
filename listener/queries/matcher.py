"""Which brands a mention speaks of: one pass for the literals of all, then the likely queries.

An automaton (Aho-Corasick) finds every literal of every brand in one pass over the folded text,
so the cost hardly grows with the number of brands. A query that is no more than words joined by
OR, as the terms of a brand are, needs nothing else. Of the others, those are evaluated of which
one of the `anchors` was found, and those without any, such as ``lang:nl NOT acme``.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from ahocorasick_rs import AhoCorasick

from detectors.records import Mention
from listener.brands import Brand
from listener.queries.evaluation import holds
from listener.queries.folding import fold, fold_account
from listener.queries.literals import anchors, names
from listener.queries.names import without
from listener.queries.reading import Found, LanguageOf, Reading, declared_language
from listener.queries.syntax import Node, Or, Wildcard, Words, terms_of
from listener.queries.words import Span, stands_alone


@dataclass(slots=True)
class _Pattern:
    """A literal, and the places of the brands that it speaks of.

    Where it stands alone, the `sure` ones match and the `likely` ones may; the `in_part` ones may
    wherever it stands. `is_part`: some wildcard has to know that, too.
    """

    literal: str
    is_part: bool = False
    sure: set[int] = field(default_factory=set)
    likely: set[int] = field(default_factory=set)
    in_part: set[int] = field(default_factory=set)


class QueryMatcher:
    """Matches mentions against the queries of all brands at once.

    `language_of` tells the language for ``lang:``; it is asked only where a query needs it.
    """

    def __init__(
        self, brands: Iterable[Brand], language_of: LanguageOf = declared_language
    ) -> None:
        self._brands = list(brands)
        self._language_of = language_of
        self._trees = [brand.tree for brand in self._brands]
        self._own = [frozenset(map(fold_account, brand.own_accounts)) for brand in self._brands]
        self._names = {
            brand.name: names(tree) for brand, tree in zip(self._brands, self._trees, strict=True)
        }
        self._always: set[int] = set()
        patterns: dict[str, _Pattern] = {}
        for place, tree in enumerate(self._trees):
            self._index(place, tree, patterns)
        self._patterns = list(patterns.values())
        self._automaton = AhoCorasick(patterns)

    def _index(self, place: int, tree: Node, patterns: dict[str, _Pattern]) -> None:
        for term in terms_of(tree):
            pattern = patterns.setdefault(term.literal, _Pattern(term.literal))
            pattern.is_part |= isinstance(term, Wildcard)
        anchored = anchors(tree)
        if anchored is None:
            self._always.add(place)
            return
        is_plain = not self._own[place] and _is_plain(tree)
        for term in anchored:
            pattern = patterns[term.literal]
            if is_plain:
                pattern.sure.add(place)
            elif isinstance(term, Wildcard):
                pattern.in_part.add(place)
            else:
                pattern.likely.add(place)

    def match(self, mention: Mention) -> Sequence[str]:
        """The names of the brands that the mention speaks of, in configured order."""
        text = fold(mention.text)
        hits = self._automaton.find_matches_as_indexes(text, overlapping=True)
        if not (hits or self._always):
            return []
        found: dict[str, list[Span]] = {}
        matched: set[int] = set()
        likely = self._always.copy()
        for index, start, end in hits:
            pattern = self._patterns[index]
            if stands_alone(text, start, end):
                matched |= pattern.sure
                likely |= pattern.likely | pattern.in_part
                found.setdefault(pattern.literal, []).append((start, end))
            elif pattern.is_part:
                likely |= pattern.in_part
                found.setdefault(pattern.literal, [])
        if likely:
            reading = Reading(mention, text, Found(found), self._language_of)
            matched |= {place for place in likely if self._matches(place, reading)}
        return [self._brands[place].name for place in sorted(matched)]

    def _matches(self, place: int, reading: Reading) -> bool:
        own = self._own[place]
        return not (own and reading.author in own) and holds(self._trees[place], reading)

    def without_names(self, text: str, brands: Collection[str]) -> str:
        """The text with what names `brands` blanked, normalised."""
        return without([name for brand in brands for name in self._names[brand]], text)


def _is_plain(tree: Node) -> bool:
    return isinstance(tree, Words) or (
        isinstance(tree, Or) and all(isinstance(part, Words) for part in tree.parts)
    )
