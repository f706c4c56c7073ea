"""How bad it is, in four levels; `None` stands for "nothing is wrong"."""

from enum import StrEnum


class Severity(StrEnum):
    """The levels in rising order; they compare by that order, not by their spelling."""

    WATCH = "watch"
    ISSUE = "issue"
    SERIOUS = "serious"
    CRISIS = "crisis"

    @property
    def rank(self) -> int:
        """1 for `watch` up to 4 for `crisis`; 0 is left for "nothing"."""
        return _RANKS[self]

    def at_least(self, other: "Severity") -> bool:
        return self.rank >= other.rank


_RANKS = {severity: rank for rank, severity in enumerate(Severity, start=1)}


def rank(severity: Severity | None) -> int:
    """The rank of a severity, 0 for none at all."""
    return 0 if severity is None else severity.rank
