"""A mention as queries read it: folded, with where its literals stand, each worked out once."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Protocol

from detectors.records import Mention
from listener.queries.folding import as_written, fold, fold_account
from listener.queries.words import Span, stands_alone, word_starts

LanguageOf = Callable[[Mention], str]
"""The code of the language that a mention is in, for ``lang:``."""


def declared_language(mention: Mention) -> str:
    """What the source declares: ``nl`` for nl-BE, nothing where it declares none."""
    return (mention.language or "").replace("_", "-").partition("-")[0].lower()


class Literals(Protocol):
    """Where literals stand in one folded text."""

    def alone(self, literal: str) -> Sequence[Span]:
        """Where it stands as words of its own."""
        ...

    def is_in(self, literal: str) -> bool:
        """Whether it stands anywhere, in a longer word too."""
        ...


class Searched:
    """Looks each literal up by itself: for one query, a text at a time."""

    def __init__(self, text: str) -> None:
        self._text = text

    def alone(self, literal: str) -> Sequence[Span]:
        text = self._text
        spans = []
        start = text.find(literal)
        while start >= 0:
            end = start + len(literal)
            if stands_alone(text, start, end):
                spans.append((start, end))
            start = text.find(literal, start + 1)
        return spans

    def is_in(self, literal: str) -> bool:
        return literal in self._text


class Found:
    """What one pass over the text has found of all brands' literals."""

    def __init__(self, spans: Mapping[str, Sequence[Span]]) -> None:
        self._spans = spans

    def alone(self, literal: str) -> Sequence[Span]:
        return self._spans.get(literal, ())

    def is_in(self, literal: str) -> bool:
        return literal in self._spans


class Reading:
    """`text` is folded; `literals` tells where in it what stands."""

    def __init__(
        self,
        mention: Mention,
        text: str,
        literals: Literals,
        language_of: LanguageOf = declared_language,
    ) -> None:
        self.mention = mention
        self.text = text
        self.literals = literals
        self._language_of = language_of

    @classmethod
    def of(cls, mention: Mention, language_of: LanguageOf = declared_language) -> "Reading":
        """For a query or two; `matcher` reads for many at once."""
        text = fold(mention.text)
        return cls(mention, text, Searched(text), language_of)

    @cached_property
    def raw(self) -> str:
        return as_written(self.mention.text)

    @cached_property
    def word_starts(self) -> Sequence[int]:
        return word_starts(self.text)

    @cached_property
    def language(self) -> str:
        return self._language_of(self.mention)

    @cached_property
    def author(self) -> str:
        return fold_account(self.mention.author or "")

    @cached_property
    def url(self) -> str:
        return fold(self.mention.url or "")
