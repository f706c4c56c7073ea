"""What every analyser of sentiment offers, and what comes of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, Protocol

Label = Literal["negative", "neutral", "positive", "unscored"]
# VADER's customary bounds, from its documentation.
NEUTRAL_WITHIN: Final = 0.05


@dataclass(frozen=True, slots=True)
class Hit:
    """A word or phrase that counted, and what it added (after negation, boosters and the like)."""

    words: str
    value: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """A compound score and the words behind it, in the order of the text."""

    compound: float
    hits: Sequence[Hit]


class Analyser(Protocol):
    """Scores texts of one language."""

    @property
    def name(self) -> str:
        """What is written beside the score: which analyser it was."""
        ...

    def compound(self, text: str) -> float:
        """From -1 (as negative as can be) to 1, in time linear in the text; never raises."""
        ...

    def explain(self, text: str) -> Explanation:
        """The same compound, with the words that it comes from."""
        ...


class Sentiment(NamedTuple):
    """A label, with the compound score and the analyser's name where there was one."""

    label: Label
    compound: float | None
    analyser: str | None


UNSCORED: Final = Sentiment("unscored", None, None)


def label_of(compound: float) -> Label:
    """VADER's customary reading: neutral within ±`NEUTRAL_WITHIN`."""
    if compound <= -NEUTRAL_WITHIN:
        return "negative"
    return "positive" if compound >= NEUTRAL_WITHIN else "neutral"
