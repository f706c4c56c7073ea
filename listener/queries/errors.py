"""What is wrong with a query, and where."""


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
        """The line of the query that is wrong and, below it, a caret; two lines of `width`."""
        start = max(0, self.column - 1 - width // 2)
        shown = self._shown[start : start + width].replace("\t", " ")
        return f"{shown}\n{' ' * (self.column - 1 - start)}^"


class AtOffset(ValueError):
    """Wrong at a place within the query that is being parsed."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset
