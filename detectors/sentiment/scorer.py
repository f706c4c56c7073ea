"""Texts to sentiment, by the analyser of their language and the words of their brand."""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final

from detectors.sentiment.analyser import UNSCORED, Analyser, Explanation, Sentiment, label_of
from detectors.sentiment.languages import LANGUAGES, builtin_lexicon, symbols
from detectors.sentiment.lexicon import Lexicon
from detectors.sentiment.rules import LexiconAnalyser
from detectors.sentiment.vader import VaderAnalyser

_NONE: Final[Mapping[str, Lexicon]] = MappingProxyType({})


class SentimentScorer:
    """Scores a text with the analyser of its language.

    `lexicons` are an operator's, by language: laid over the lexicon of a language that comes with
    the project, or a whole language that does not. `brand_lexicons` are laid over that where the
    text is about the brand ("sick" means little at a hospital). With `plain_vader` English is
    scored by VADER alone, and nobody's entries count there. In a language without an analyser only
    emoji and emoticons count.
    """

    def __init__(
        self,
        *,
        lexicons: Mapping[str, Lexicon] = _NONE,
        brand_lexicons: Mapping[str, Lexicon] = _NONE,
        plain_vader: bool = False,
    ) -> None:
        self._lexicons = {language: builtin_lexicon(language) for language in LANGUAGES}
        for language, lexicon in lexicons.items():
            known = self._lexicons.get(language)
            self._lexicons[language] = lexicon if known is None else known.with_(lexicon)
        self._brand_lexicons = brand_lexicons
        self._symbols = LexiconAnalyser("listener-symbols", Lexicon(), symbols())
        self._analysers: dict[tuple[str, tuple[str, ...]], Analyser] = {}
        if plain_vader:
            del self._lexicons["en"]
            self._analysers["en", ()] = VaderAnalyser()

    def score(self, text: str, language: str, brands: Collection[str] = ()) -> Sentiment:
        """`text` is free of @handles, URLs and the brand's own names: see `detectors.text`."""
        analyser = self._analyser(language, brands)
        known = analyser or self._symbols
        compound = known.compound(text)
        if analyser is None and not compound:
            return UNSCORED
        return Sentiment(label_of(compound), compound, known.name)

    def explain(self, text: str, language: str, brands: Collection[str] = ()) -> Explanation | None:
        """The words behind the score; `None` where there is no score."""
        analyser = self._analyser(language, brands)
        explanation = (analyser or self._symbols).explain(text)
        return explanation if analyser or explanation.hits else None

    def _analyser(self, language: str, brands: Collection[str]) -> Analyser | None:
        own: tuple[str, ...] = ()
        if self._brand_lexicons:
            own = tuple(brand for brand in brands if brand in self._brand_lexicons)
        analyser = self._analysers.get((language, own))
        if analyser is not None:
            return analyser
        lexicon = self._lexicons.get(language)
        if lexicon is None:
            return self._analysers.get((language, ()))
        for brand in own:
            lexicon = lexicon.with_(self._brand_lexicons[brand])
        made = LexiconAnalyser(f"listener-{language}", lexicon, symbols())
        self._analysers[language, own] = made
        return made
