"""What a query's literals tell before any mention is looked at."""

from collections.abc import Iterable

from listener.queries.syntax import (
    About,
    And,
    Loose,
    Near,
    Node,
    Not,
    Or,
    Raw,
    Term,
    Wildcard,
    Words,
)


def holds_of_nothing(node: Node) -> bool:
    """Whether a mention that has none of what the leaves look for is no match."""
    match node:
        case Not(part):
            return not holds_of_nothing(part)
        case And(parts):
            return any(map(holds_of_nothing, parts))
        case Or(parts):
            return all(map(holds_of_nothing, parts))
        case _:
            return True


def anchors(node: Node) -> frozenset[Term] | None:
    """Terms one of which is in the text of every match; `None` where there are no such."""
    match node:
        case Words() | Raw() | Wildcard():
            return frozenset({node})
        case Loose(words):
            return _rarest(frozenset({word}) for word in words)
        case Near(left, right):
            return _rarest(map(anchors, (left, right)))
        case And(parts):
            return _rarest(map(anchors, parts))
        case Or(parts):
            found = [anchors(part) for part in parts]
            known = [terms for terms in found if terms is not None]
            return frozenset[Term]().union(*known) if len(known) == len(found) else None
        case Not() | About():
            return None


def names(node: Node) -> tuple[Term, ...]:
    """The terms that name the brand: those of what stands first on either side of an OR.

    In ``(acme OR @acme) AND (broken OR awful)`` the second pair says how the brand fares, and
    has to be left for the sentiment to be read from.
    """
    match node:
        case Words() | Raw() | Wildcard():
            return (node,)
        case Loose(words):
            return words
        case Near(left, _):
            return names(left)
        case And(parts):
            return next(filter(None, map(names, parts)), ())
        case Or(parts):
            return tuple(dict.fromkeys(name for part in parts for name in names(part)))
        case Not() | About():
            return ()


def _rarest(sets: Iterable[frozenset[Term] | None]) -> frozenset[Term] | None:
    """Of several sets, each of which would do, the one whose shortest literal is the longest."""
    known = [terms for terms in sets if terms]
    return max(known, key=_shortest) if known else None


def _shortest(terms: frozenset[Term]) -> int:
    return min(len(term.literal) for term in terms)
