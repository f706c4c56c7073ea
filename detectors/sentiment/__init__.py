"""How negative a text is: one analyser per language behind one interface.

Each of `LANGUAGES` has a lexicon of its own and shares VADER's rules; plain VADER is there as
`VaderAnalyser`. A text in a language without an analyser, and without emoji, is `UNSCORED`:
unknown, which is not the same as neutral.

    lexicon, languages   what words say: the file format, and the files that come along
    vocabulary, lookup   looking words up, however they are spelled; most are none of a lexicon's
    phrases              what counts as a whole
    units, rules         a text cut into words and symbols, and what they come to together
    vader                VADER's own rules, to the digit
    scorer               the right analyser for a text
    evaluation           how well scores agree with people's labels
"""

from detectors.sentiment.analyser import (
    UNSCORED,
    Analyser,
    Explanation,
    Hit,
    Label,
    Sentiment,
    label_of,
)
from detectors.sentiment.languages import LANGUAGES
from detectors.sentiment.lexicon import InvalidLexicon, Lexicon, parse_lexicon
from detectors.sentiment.rules import LexiconAnalyser
from detectors.sentiment.scorer import SentimentScorer
from detectors.sentiment.vader import VaderAnalyser

__all__ = [
    "LANGUAGES",
    "UNSCORED",
    "Analyser",
    "Explanation",
    "Hit",
    "InvalidLexicon",
    "Label",
    "Lexicon",
    "LexiconAnalyser",
    "Sentiment",
    "SentimentScorer",
    "VaderAnalyser",
    "label_of",
    "parse_lexicon",
]
