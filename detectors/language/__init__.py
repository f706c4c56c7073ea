"""Which language a mention is in: one that the operator listens in, or `OTHER`.

A cascade, cheap steps first:

1. What the source declares, unless the text plainly says otherwise (many accounts declare the
   language of their telephone).
2. The words and letters of the text (`model`), among the languages listened in and those that
   posts near by are written in: what isn't listened in must have somewhere to go.
3. Where that is unsure, about one text in ten, py3langid's opinion on top.

langdetect itself (10 ms a text, and no better on short ones) is not asked; its profiles of how
often letters follow each other are what step 2 is made of. `benchmarks.language` has the figures.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from py3langid.langid import MODEL_FILE
from py3langid.langid import LanguageIdentifier as Py3LangId

from detectors.language.model import MAX_TEXT, Evidence, WordModel, has_profile
from detectors.text import without_addresses

OTHER: Final = "other"
DEFAULT_LANGUAGES: Final = ("nl", "en", "de", "fr", "es")
NEIGHBOURS: Final = (
    *("it", "pt", "da", "sv", "no", "fi", "pl", "tr", "id", "tl", "ro", "hu", "cs", "af"),
    *("ca", "hr", "vi"),
)
"""Languages that a text is weighed against even where nobody listens in them."""
_LISTENED: Final = 4.0  # nats: a text is more likely in a language that the brand is spoken of in
_UNSURE: Final = 3.0  # nats between the best two: below, a second opinion is asked
_BEYOND_DOUBT: Final = 12.0  # nats: all others together have less than 1 in 7,000
_SECOND: Final = 2.0  # how much the second opinion weighs
_DOUBT: Final = 0.01  # the second opinion's probabilities are never taken for less
_PLAIN: Final = 8.0  # nats against what is declared that make a text speak for itself
_ADDRESS_MARKS: Final = re.compile("@|://|[wW]{3}\\.")
_CODE_LENGTHS: Final = (2, 3)


@dataclass(frozen=True, slots=True)
class Language:
    """A code (ISO 639-1, or `OTHER`) and how sure that is, from 0 to 1."""

    code: str
    confidence: float


class LanguageIdentifier:
    """Identifies the language of a text among `languages`; everything else is `OTHER`.

    A language that neither `words.txt` nor a profile of langdetect knows is taken only where the
    source declares it.
    """

    def __init__(self, languages: Collection[str] = DEFAULT_LANGUAGES) -> None:
        self.languages = frozenset(languages)
        listened = [language for language in languages if has_profile(language)]
        weighed = [*listened, *(one for one in NEIGHBOURS if one not in self.languages)]
        self._listened = len(listened)  # they come first
        self._prior = np.array(
            [_LISTENED if one in self.languages else 0.0 for one in weighed], np.float32
        )
        self._model = WordModel(weighed)
        self._second = _py3langid(tuple(weighed))

    def identify(self, text: str, declared: str | None = None) -> Language:
        """`declared` is the source's own word (``nl``, ``nl-BE``, ``en_US``), if it gave one."""
        text = text[:MAX_TEXT]
        if _ADDRESS_MARKS.search(text):
            text = without_addresses(text)
        evidence = self._model.score(text)
        said = _code(declared)
        if evidence is None:
            code = OTHER if said is None or said not in self.languages else said
            return Language(code, 0.0 if said is None else 1.0)
        scores = evidence + self._prior
        if said is not None and not self._contradicted(said, scores):
            return Language(said if said in self.languages else OTHER, 1.0)
        second, best = sorted(scores.tolist())[-2:]
        if best - second < _UNSURE:
            scores = self._with_second_opinion(scores, text)
        elif best - second > _BEYOND_DOUBT:
            code = self._model.languages[int(scores.argmax())]
            return Language(code if code in self.languages else OTHER, 1.0)
        return self._decide(scores)

    def _contradicted(self, said: str, scores: Evidence) -> bool:
        """Whether the text plainly isn't in the language that its source declares."""
        if said not in self._model.languages:
            return False
        return bool(scores.max() - scores[self._model.languages.index(said)] > _PLAIN)

    def _with_second_opinion(self, scores: Evidence, text: str) -> Evidence:
        opinion = dict(self._second.rank(text))
        likely = [opinion.get(language, 0.0) + _DOUBT for language in self._model.languages]
        return scores + (_SECOND * np.log(likely)).astype(np.float32)

    def _decide(self, scores: Evidence) -> Language:
        best = int(scores.argmax())
        weights = np.exp(scores - scores[best]).tolist()
        if best < self._listened:
            return Language(self._model.languages[best], 1 / sum(weights))
        return Language(OTHER, sum(weights[self._listened :]) / sum(weights))


def _code(declared: str | None) -> str | None:
    """The code in what a source declares, `None` where it says nothing of use."""
    code = (declared or "").replace("_", "-").split("-", 1)[0].lower()
    return code if len(code) in _CODE_LENGTHS and code.isalpha() and code != "und" else None


@cache
def _py3langid(languages: tuple[str, ...]) -> Py3LangId:
    identifier = Py3LangId.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages([code for code in languages if code in identifier.labels])
    return identifier
