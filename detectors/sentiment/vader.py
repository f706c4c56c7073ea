"""English by VADER (Hutto & Gilbert, 2014), as the `vaderSentiment` package computes it."""

from typing import Final

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

# VADER looks for each emoji and each word over the whole text: cut, so that it stays linear.
_MAX_TEXT: Final = 2_000


class VaderAnalyser:
    """Plain VADER."""

    name = "vader"

    def __init__(self) -> None:
        self._vader = SentimentIntensityAnalyzer()

    def compound(self, text: str) -> float:
        return float(self._vader.polarity_scores(text[:_MAX_TEXT])["compound"])
