"""What every analyser of sentiment offers, and what comes of it."""

from dataclasses import dataclass
from typing import Final, Literal, Protocol

Label = Literal["negative", "neutral", "positive", "unscored"]
# VADER's customary bounds, from its documentation.
NEUTRAL_WITHIN: Final = 0.05


class Analyser(Protocol):
    """Scores texts of one language."""

    @property
    def name(self) -> str:
        """What is written beside the score: which analyser it was."""
        ...

    def compound(self, text: str) -> float:
        """From -1 (as negative as can be) to 1, in time linear in the text; never raises."""
        ...


@dataclass(frozen=True, slots=True)
class Sentiment:
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
