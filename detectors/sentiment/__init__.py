"""How negative a text is: one analyser per language behind one interface.

`ANALYSERS` names them; a language joins by a module with an `Analyser` and a line here. A text
in a language without an analyser is `UNSCORED`: unknown, which is not the same as neutral.
"""

from collections.abc import Callable, Mapping
from typing import Final

from detectors.sentiment.analyser import UNSCORED, Analyser, Label, Sentiment, label_of
from detectors.sentiment.vader import VaderAnalyser

ANALYSERS: Final[Mapping[str, Callable[[], Analyser]]] = {"en": VaderAnalyser}


class SentimentScorer:
    """Scores a text with the analyser of its language."""

    def __init__(self, analysers: Mapping[str, Analyser] | None = None) -> None:
        if analysers is None:
            analysers = {language: make() for language, make in ANALYSERS.items()}
        self._analysers = dict(analysers)

    def score(self, text: str, language: str) -> Sentiment:
        """`text` is free of @handles, URLs and the brand's own names: see `detectors.text`."""
        analyser = self._analysers.get(language)
        if analyser is None:
            return UNSCORED
        compound = analyser.compound(text)
        return Sentiment(label_of(compound), compound, analyser.name)


__all__ = ["ANALYSERS", "UNSCORED", "Analyser", "Label", "Sentiment", "SentimentScorer"]
