"""From the text of a query to its tree, with errors that point at the column."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final, TypeVar

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedToken, v_args

from listener.queries import terms
from listener.queries.errors import AtOffset, QueryError
from listener.queries.literals import holds_of_nothing
from listener.queries.misplaced import misplaced
from listener.queries.syntax import And, Leaf, Near, Node, Not, Or, Wildcard, Words, leaves

MAX_QUERY: Final = 20_000
MAX_LEAVES: Final = 1_000
MAX_DEPTH: Final = 50
_T = TypeVar("_T")
_QUOTES: Final = str.maketrans("\u201c\u201d\u201e\u201f\uff02", '"""""')


@dataclass(frozen=True, slots=True)
class _Part:
    """A tree under way. `depth` counts its parentheses; `is_all`: an AND without them."""

    node: Node
    offset: int
    depth: int = 0
    is_all: bool = False


@lru_cache(maxsize=4096)  # a brand's is asked for again and again until the service runs
def parse_query(query: str) -> Node:
    """The tree of a query; raises `QueryError`."""
    if len(query) > MAX_QUERY:
        raise QueryError(f"a query has at most {MAX_QUERY} characters", query, MAX_QUERY)
    text = query.translate(_QUOTES)
    if not text.strip():
        raise QueryError("there is nothing to look for", query, 0)
    try:
        tree = _parse(text)
    except AtOffset as error:
        raise QueryError(str(error), query, error.offset) from None
    except UnexpectedCharacters as error:
        message = "this quotation mark is never closed"
        raise QueryError(message, query, error.pos_in_stream or 0) from None
    except UnexpectedToken as error:
        fault = misplaced(error.token, _lark().lex(text))
        raise QueryError(str(fault), query, fault.offset) from None
    if sum(1 for _ in leaves(tree)) > MAX_LEAVES:
        raise QueryError(f"a query has at most {MAX_LEAVES} words and phrases", query, 0)
    if not holds_of_nothing(tree):
        message = "NOT alone would take in everything else: say what must be there as well"
        raise QueryError(message, query, 0)
    return tree


@v_args(inline=True)
class _TreeBuilder(Transformer[Token, Node]):
    """Called as each rule is complete, from the leaves up: no recursion, however deep it goes."""

    def start(self, part: _Part) -> Node:
        return part.node

    def any_of(self, *children: _Part | Token) -> _Part:
        parts = [child for child in children if isinstance(child, _Part)]
        if len(parts) == 1:
            return parts[0]
        for part in parts:
            if part.is_all:
                raise AtOffset(
                    "OR beside AND: put parentheses around what belongs together "
                    "(words side by side are joined by AND)",
                    part.offset,
                )
        return _joined(Or(tuple(part.node for part in parts)), parts)

    def all_of(self, *children: _Part | Token) -> _Part:
        parts = [child for child in children if isinstance(child, _Part)]
        if len(parts) == 1:
            return parts[0]
        return _joined(And(tuple(part.node for part in parts)), parts, is_all=True)

    def unwanted(self, sign: Token, part: _Part) -> _Part:
        return _Part(Not(part.node), _offset(sign), part.depth)

    def near(self, left: _Part, operator: Token, right: _Part) -> _Part:
        for side in (left, right):
            if not _can_be_near(side.node):
                message = "NEAR takes a word, a phrase, or several in parentheses joined by OR"
                raise AtOffset(message, side.offset)
        number = operator.removeprefix("NEAR/").removesuffix("f")
        gap = _placed(operator, lambda: terms.checked_gap(number))
        return _joined(Near(left.node, right.node, gap, operator.endswith("f")), [left, right])

    def group(self, left: Token, part: _Part, _: Token) -> _Part:
        if part.depth == MAX_DEPTH:
            message = f"more than {MAX_DEPTH} parentheses within each other"
            raise AtOffset(message, _offset(left))
        return _Part(part.node, _offset(left), part.depth + 1)

    def word(self, token: Token) -> _Part:
        return _leaf(token, lambda: terms.word(str(token)))

    def phrase(self, token: Token) -> _Part:
        return _leaf(token, lambda: terms.phrase(str(token)))

    def field_phrase(self, field: Token, token: Token) -> _Part:
        return _leaf(field, lambda: terms.field(field[:-1], str(token)))


def _joined(node: Node, parts: list[_Part], *, is_all: bool = False) -> _Part:
    return _Part(node, parts[0].offset, max(part.depth for part in parts), is_all)


def _can_be_near(node: Node) -> bool:
    if isinstance(node, Or):
        return all(map(_can_be_near, node.parts))
    return isinstance(node, Words | Wildcard)


def _leaf(token: Token, make: Callable[[], Leaf]) -> _Part:
    return _Part(_placed(token, make), _offset(token))


def _placed(token: Token, make: Callable[[], _T]) -> _T:
    try:
        return make()
    except ValueError as error:
        raise AtOffset(str(error), _offset(token)) from None


def _offset(token: Token) -> int:
    return token.start_pos or 0


def _parse(text: str) -> Node:
    return _lark().parse(text)  # type: ignore[return-value]  # what `start` of the builder gives


@cache
def _lark() -> Lark:
    grammar = files("listener.queries").joinpath("grammar.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", lexer="basic", transformer=_TreeBuilder())
