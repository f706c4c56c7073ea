"""Brands, and what they are listened for by: terms, a query, or their name."""

import unicodedata
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import AfterValidator

from listener.queries.folding import fold_account
from listener.queries.parser import parse_query
from listener.queries.syntax import Node, Or
from listener.queries.terms import words

_MAX_NAME: Final = 200


def _checked_query(query: str) -> str:
    if query:
        parse_query(query)
    return query


def _checked_account(account: str) -> str:
    if not fold_account(account):
        raise ValueError("expected the name of an account, like @acme or acme.bsky.social")
    return account


@dataclass(frozen=True, slots=True)
class Brand:
    """A brand by its `name`, and what speaks of it: any of its `terms`, or its `query`.

    A term is a name ("JetBlue", "T-Mobile") or a handle or hashtag ("@jetblue"), taken as it
    stands, as if quoted in a query. Where neither terms nor a query are given, the name is the
    term. What the brand's `own_accounts` write doesn't speak of it. Raises ValueError.
    """

    name: str
    terms: tuple[str, ...] = ()
    query: Annotated[str, AfterValidator(_checked_query)] = ""
    own_accounts: tuple[Annotated[str, AfterValidator(_checked_account)], ...] = ()

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise ValueError("a brand needs a name")
        if len(self.name) > _MAX_NAME:
            raise ValueError(f"a brand's name has at most {_MAX_NAME} characters")
        if any(unicodedata.category(character) in {"Cc", "Cs"} for character in self.name):
            raise ValueError(f"the name {self.name!r} holds characters that can't be shown")
        _ = self.tree

    @property
    def tree(self) -> Node:
        """The query that it all comes down to."""
        terms = self.terms if self.terms or self.query else (self.name,)
        parts: list[Node] = [words(term) for term in terms]
        if self.query:
            parts.append(parse_query(self.query))
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    @classmethod
    def parse(cls, text: str) -> "Brand":
        """Read ``NAME=term,term`` or just ``NAME``; raises ValueError."""
        name, _, terms = text.partition("=")
        return cls(name.strip(), tuple(term.strip() for term in terms.split(",") if term.strip()))
