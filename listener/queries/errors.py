"""What is wrong with a query, and where."""

import re
from typing import Final

from rich.cells import cell_len

_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


class QueryError(ValueError):
    """A query that can't be used: what is wrong, its place in `query`, and the mend."""

    def __init__(self, message: str, query: str, offset: int) -> None:
        before = query[:offset]
        self.line = before.count("\n") + 1
        self.column = offset - (before.rfind("\n") + 1) + 1
        place = f"column {self.column}"
        if "\n" in query.strip():
            place = f"line {self.line}, {place}"
        super().__init__(f"{place}: {message}")
        self._shown = query.split("\n")[self.line - 1]

    def pointed(self, width: int = 100) -> str:
        """The line of the query that is wrong, at most `width` of it, and a caret below."""
        start = max(0, self.column - 1 - width // 2)
        shown = _UNPRINTABLE.sub(" ", self._shown[start : start + width])
        before = cell_len(shown[: self.column - 1 - start])
        return f"{shown}\n{' ' * before}^"


class AtOffset(ValueError):
    """Wrong at a place within the query that is being parsed."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset
