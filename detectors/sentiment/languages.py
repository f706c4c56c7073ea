"""The languages that come with the project: lexicons from the files in `lexicons/`."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from vaderSentiment.vaderSentiment import BOOSTER_DICT, NEGATE, SentimentIntensityAnalyzer

from detectors.sentiment.lexicon import Lexicon, parse_lexicon

LANGUAGES: Final = ("nl", "en", "de", "fr", "es")
_MILD: Final = 1.6  # VADER's milder words ("like", "care", "want") are no praise for a company
_SYMBOLS: Final = "symbols"


@cache
def builtin_lexicon(language: str) -> Lexicon:
    """The lexicon of one of `LANGUAGES`; English is VADER's with complaints laid over it."""
    own = _read(language)
    return _vader().with_(own) if language == "en" else own


@cache
def symbols() -> Mapping[str, float]:
    """Emoji and emoticons, which speak every language."""
    return _read(_SYMBOLS).words


def _read(name: str) -> Lexicon:
    file = files("detectors.sentiment") / "lexicons" / f"{name}.txt"
    return parse_lexicon(file.read_text("utf-8"), file.name)


def _vader() -> Lexicon:
    words = parse_lexicon(SentimentIntensityAnalyzer().lexicon_full_filepath, "vader_lexicon.txt")
    spoken = {
        word: value
        for word, value in words.words.items()
        if word not in BOOSTER_DICT and not 0 < value < _MILD
    }
    return Lexicon(
        words=spoken,
        phrases=words.phrases,
        negations=frozenset(NEGATE),
        boosters=BOOSTER_DICT,
    )
