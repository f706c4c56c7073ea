"""Whether a query holds of a mention."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from listener.queries.nearness import are_near, are_together
from listener.queries.reading import Literals, Reading, Searched
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
from listener.queries.words import Span

_NOWHERE: Final[Sequence[Span]] = ()


def holds(node: Node, reading: Reading) -> bool:
    match node:
        case Words(literal):
            return bool(reading.literals.alone(literal))
        case Or(parts):
            return any(holds(part, reading) for part in parts)
        case And(parts):
            return all(holds(part, reading) for part in parts)
        case Not(part):
            return not holds(part, reading)
        case About():
            return _is_about(node, reading)
        case Raw() | Wildcard() | Loose() | Near():
            return bool(spans(node, reading))


def spans(node: Node, reading: Reading) -> Sequence[Span]:
    """Where in the folded text a node is found that speaks of the text; else nowhere."""
    match node:
        case Raw(_, exact) if not Searched(reading.raw).alone(exact):
            return _NOWHERE
        case Words() | Raw() | Wildcard():
            return found_at(node, reading.text, reading.literals)
        case Or(parts):
            return sorted({span for part in parts for span in spans(part, reading)})
        case Loose(words, gap):
            each = [reading.literals.alone(word.literal) for word in words]
            return are_together(each, gap, reading.word_starts) if all(each) else _NOWHERE
        case Near(left, right, gap, ordered):
            first, second = spans(left, reading), spans(right, reading)
            if first and second:
                return are_near(first, second, gap, reading.word_starts, ordered=ordered)
    return _NOWHERE


def found_at(leaf: Term, text: str, literals: Literals) -> Sequence[Span]:
    """Where in the folded text a literal is found; for `raw:`, whatever its case."""
    if not isinstance(leaf, Wildcard):
        return literals.alone(leaf.literal)
    if not literals.is_in(leaf.literal):
        return _NOWHERE
    return [found.span() for found in _compiled(leaf.pattern).finditer(text)]


@lru_cache(maxsize=10_000)
def _compiled(pattern: str) -> re.Pattern[str]:
    """Kept here since `re` keeps 512 itself; not made before it is needed, as it takes 10 ms."""
    return re.compile(pattern)


def _is_about(leaf: About, reading: Reading) -> bool:
    match leaf.field:
        case "lang":
            return reading.language == leaf.value
        case "source":
            return reading.mention.source == leaf.value
        case "author":
            return reading.author == leaf.value
        case "url":
            return leaf.value in reading.url
        case "site":
            return _host(reading.url) == leaf.value or _host(reading.url).endswith(f".{leaf.value}")


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:  # what a source gives need not be a URL
        return ""
