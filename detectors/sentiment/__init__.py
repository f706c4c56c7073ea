"""How negative a text is: one analyser per language behind one interface.

Each of `LANGUAGES` has a lexicon of its own and shares VADER's rules; plain VADER is there as
`VaderAnalyser`. A text in a language without an analyser is `UNSCORED`: unknown, which is not the
same as neutral.
"""

from collections.abc import Mapping

from detectors.sentiment.analyser import (
    UNSCORED,
    Analyser,
    Explanation,
    Hit,
    Label,
    Sentiment,
    label_of,
)
from detectors.sentiment.languages import LANGUAGES, builtin_analyser
from detectors.sentiment.lexicon import InvalidLexicon, Lexicon, parse_lexicon
from detectors.sentiment.vader import VaderAnalyser


class SentimentScorer:
    """Scores a text with the analyser of its language."""

    def __init__(self, analysers: Mapping[str, Analyser] | None = None) -> None:
        if analysers is None:
            analysers = {language: builtin_analyser(language) for language in LANGUAGES}
        self._analysers = dict(analysers)

    def score(self, text: str, language: str) -> Sentiment:
        """`text` is free of @handles, URLs and the brand's own names: see `detectors.text`."""
        analyser = self._analysers.get(language)
        if analyser is None:
            return UNSCORED
        compound = analyser.compound(text)
        return Sentiment(label_of(compound), compound, analyser.name)

    def explain(self, text: str, language: str) -> Explanation | None:
        """The words behind the score; `None` where the language has no analyser."""
        analyser = self._analysers.get(language)
        return None if analyser is None else analyser.explain(text)


__all__ = [
    "LANGUAGES",
    "UNSCORED",
    "Analyser",
    "Explanation",
    "Hit",
    "InvalidLexicon",
    "Label",
    "Lexicon",
    "Sentiment",
    "SentimentScorer",
    "VaderAnalyser",
    "builtin_analyser",
    "parse_lexicon",
]
