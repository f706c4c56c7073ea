"""How a query is understood, and why a mention matches it, for people to read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from listener.queries.evaluation import holds, spans
from listener.queries.folding import as_written, fold_aligned, span_as_written
from listener.queries.reading import Reading
from listener.queries.syntax import (
    About,
    And,
    Field,
    Loose,
    Near,
    Node,
    Not,
    Or,
    Raw,
    Wildcard,
    Words,
)
from listener.queries.words import Span

_ABOUT: Final[dict[Field, str]] = {
    "lang": "the language is",
    "source": "the source is",
    "author": "written by",
    "site": "on the site, or one below it:",
    "url": "the address holds",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A part of the query that holds, as it is written, and where in the text of the mention."""

    part: str
    places: tuple[Span, ...] = ()


def describe(node: Node, depth: int = 0) -> Iterator[str]:
    """The tree in words, one line for each node, indented."""
    below: tuple[Node, ...] = ()
    match node:
        case Or(parts):
            line, below = "any of", parts
        case And(parts):
            line, below = "all of", parts
        case Not(part):
            line, below = "but not", (part,)
        case Near(left, right, gap, ordered):
            order = "in this order" if ordered else "in any order"
            line, below = f"at most {gap} words between, {order}", (left, right)
        case _:
            line = _leaf(node)
    yield "  " * depth + line
    for part in below:
        yield from describe(part, depth + 1)


def _leaf(leaf: Words | Raw | Wildcard | Loose | About) -> str:
    match leaf:
        case Words(literal):
            return f"the phrase {literal}" if " " in literal else f"the word {literal}"
        case Raw(_, exact):
            return f"{exact}, written exactly so"
        case Wildcard():
            return f"a word like {leaf.written}"
        case Loose(words, gap):
            all_of = ", ".join(word.literal for word in words)
            return f"{all_of}: all, with at most {gap} other words among them"
        case About(field, value):
            return f"{_ABOUT[field]} {value}"


def findings(node: Node, reading: Reading) -> list[Finding]:
    """The parts of a query that holds of the mention which make it hold."""
    _, places = fold_aligned(reading.mention.text)
    return list(_findings(node, reading, places))


def _findings(node: Node, reading: Reading, places: Sequence[int]) -> Iterator[Finding]:
    match node:
        case Or(parts) | And(parts):
            for part in parts:
                if holds(part, reading):
                    yield from _findings(part, reading, places)
        case Not():
            return
        case About():
            yield Finding(node.written)
        case Near(_, _, gap, ordered):
            yield Finding(f"NEAR/{gap}{'f' if ordered else ''}", _written(node, reading, places))
        case _:
            yield Finding(node.written, _written(node, reading, places))


def _written(node: Node, reading: Reading, places: Sequence[int]) -> tuple[Span, ...]:
    found = dict.fromkeys(span_as_written(places, span) for span in spans(node, reading))
    if isinstance(node, Raw):
        text = reading.mention.text
        return tuple(span for span in found if as_written(text[slice(*span)]) == node.exact)
    return tuple(found)
