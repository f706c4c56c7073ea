"""What is wrong where the operators and parentheses of a query don't fit together."""

from collections.abc import Iterable
from typing import Final

from lark import Token

from listener.queries.errors import AtOffset

_JOINING: Final = frozenset({"AND", "OR", "NEAR"})
_OPERATORS: Final = _JOINING | {"NOT"}


def misplaced(fault: Token, tokens: Iterable[Token]) -> AtOffset:
    """The error for the token `fault` that fits in nowhere among all `tokens`."""
    opened: list[Token] = []
    before: Token | None = None
    for token in tokens:
        if fault.type != "$END" and token.start_pos == fault.start_pos:
            break
        if token.type == "LEFT":
            opened.append(token)
        elif token.type == "RIGHT":
            opened.pop()
        before = token
    at = fault
    if fault.type == "$END" and before is not None:
        at = before if before.type in _OPERATORS or not opened else opened[-1]
    return AtOffset(_message(fault, before, opened), at.start_pos or 0)


def _message(fault: Token, before: Token | None, opened: list[Token]) -> str:
    if before is not None and before.type in _OPERATORS:
        if fault.type in _OPERATORS:
            return f"{fault} right behind {before}: leave one out"
        return f"nothing stands behind {before}: add what it looks for"
    if fault.type == "$END":
        return "this parenthesis is never closed: add )"
    if fault.type == "RIGHT":
        return "these parentheses hold nothing" if opened else "this ) closes nothing: leave it out"
    if before is None or before.type == "LEFT":
        return f"nothing stands before {fault}: add what it joins"
    return f"{fault} behind another NEAR: write (a NEAR/5 b) AND (b NEAR/5 c)"
