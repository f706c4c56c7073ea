"""The tree of a query. Its leaves look at a mention; the other nodes put them together."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

Field = Literal["lang", "source", "author", "site", "url"]
FIELDS: Final = ("lang", "source", "author", "site", "url")


@dataclass(frozen=True, slots=True)
class Words:
    """A word, phrase, #hashtag or @handle, folded; `written` is how the query has it."""

    literal: str
    written: str


@dataclass(frozen=True, slots=True)
class Raw:
    """Text as it is written, `exact` in case and diacritics; its folded `literal` finds it."""

    literal: str
    exact: str
    written: str


@dataclass(frozen=True, slots=True)
class Wildcard:
    """A word in part, as a regular expression; every match holds its longest piece, `literal`."""

    pattern: str
    literal: str
    written: str


@dataclass(frozen=True, slots=True)
class Loose:
    """All of the words, in any order, with at most `gap` others among them."""

    words: tuple[Words, ...]
    gap: int
    written: str


@dataclass(frozen=True, slots=True)
class About:
    """What is known of the mention beside its text; `value` is folded."""

    field: Field
    value: str
    written: str


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: "Node"


@dataclass(frozen=True, slots=True)
class Near:
    """`left` and `right` (words, wildcards or `Or` of them) with at most `gap` words between.

    `ordered`: the left one comes first.
    """

    left: "Node"
    right: "Node"
    gap: int
    ordered: bool = False


Term = Words | Raw | Wildcard
"""A leaf that looks for one `literal` in the text."""
Leaf = Term | Loose | About
Node = Leaf | Or | And | Not | Near


def parts_of(node: Node) -> tuple[Node, ...]:
    """The nodes right below; none below a leaf."""
    match node:
        case Or(parts) | And(parts):
            return parts
        case Not(part):
            return (part,)
        case Near(left, right):
            return (left, right)
        case _:
            return ()


def terms_of(node: Node) -> Iterator[Term]:
    """All that are looked for in the text, those of `Loose` one by one."""
    for leaf in leaves(node):
        if isinstance(leaf, Loose):
            yield from leaf.words
        elif not isinstance(leaf, About):
            yield leaf


def leaves(node: Node) -> Iterator[Leaf]:
    """All leaves, in the order in which they are written."""
    if isinstance(node, Leaf):
        yield node
    for part in parts_of(node):
        yield from leaves(part)


def languages_of(node: Node) -> frozenset[str]:
    """The languages that it asks for by ``lang:``."""
    return frozenset(
        leaf.value for leaf in leaves(node) if isinstance(leaf, About) and leaf.field == "lang"
    )
