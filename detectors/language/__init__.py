"""Which language a mention is in: one that the operator listens in, or `OTHER`.

A cascade, cheap steps first:

1. The frequent words of the text (`frequent`), among the languages listened in and those that
   posts near by are written in: what isn't listened in must have somewhere to go. Most texts
   plainly have more of one language's than of any other's, and that is that, unless the source
   declares another.
2. What the source declares, unless the text plainly says otherwise (many accounts declare the
   language of their telephone).
3. Words and letters (`letters`) together.
4. Where that is unsure, py3langid's opinion on top.

langdetect itself (10 ms a text, and no better on short ones) is not asked; its profiles of how
often letters follow each other are what step 3 is made of. `benchmarks.language` has the figures.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from string import digits, punctuation
from typing import Final

import numpy as np

from detectors.language.frequent import FrequentWords
from detectors.language.letters import Evidence, Letters, has_profile
from detectors.language.small_model import SmallModel
from detectors.text import without_addresses

OTHER: Final = "other"
DEFAULT_LANGUAGES: Final = ("nl", "en", "de", "fr", "es")
NEIGHBOURS: Final = (
    *DEFAULT_LANGUAGES,
    *("it", "pt", "da", "sv", "no", "fi", "pl", "tr", "id", "tl", "ro", "hu", "cs", "af"),
    *("ca", "hr", "vi"),
)
"""Languages that a text is weighed against even where nobody listens in them."""
_MAX_TEXT: Final = 1_000  # characters that are looked at: more than enough to tell
_PLAINLY: Final = 2  # frequent words more than any other language has
_OVERRULING: Final = 4  # … where that isn't what the source declares
_FREQUENT: Final = 4.0  # nats for a frequent word
_LISTENED: Final = 5.0  # nats: a text is more likely in a language that the brand is spoken of in
_UNSURE: Final = 3.0  # nats between the best two: below, a second opinion is asked
_SECOND: Final = 2.0  # how much the second opinion weighs
_DOUBT: Final = 0.01  # the second opinion's probabilities are never taken for less
_PLAIN: Final = 11.0  # nats against what is declared that make a text speak for itself
_SEPARATORS: Final = str.maketrans(
    dict.fromkeys(punctuation.replace("'", "") + digits + "“”«»„…¡¿", " ") | {"’": "'"}
)
_ASCII_SEPARATORS: Final = bytes(range(128)).decode().translate(_SEPARATORS).encode().ljust(256)
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_STRETCHED: Final = re.compile(r"(.)\1{2,}")
_LONGEST: Final = 30  # characters of a word whose letters are looked at
# These are written in every language.
_EVERYWHERE: Final = frozenset(
    {"rt", "cc", "via", "lol", "xd", "xdd", "haha", "hahaha", "ok", "oh"}
)
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
        self._weighed = (*listened, *(one for one in NEIGHBOURS if one not in self.languages))
        self._listened = len(listened)  # they come first
        self._prior = np.zeros(len(self._weighed), np.float32)
        self._prior[: self._listened] = _LISTENED
        self._frequent = FrequentWords(self._weighed)
        self._letters = Letters(self._weighed)
        self._second = _small_model(self._weighed)
        self._certain = [
            Language(code if code in self.languages else OTHER, 1.0) for code in self._weighed
        ]

    def identify(self, text: str, declared: str | None = None) -> Language:
        """`declared` is the source's own word (``nl``, ``nl-BE``, ``en_US``), if it gave one."""
        text = without_addresses(text[:_MAX_TEXT]).lower()
        counts = self._frequent.count(_separated(text).split())
        said = _code(declared) if declared else None
        best = max(counts)
        place = counts.index(best)
        second = max(counts[:place] + counts[place + 1 :])
        agrees = said is None or said == self._weighed[place]
        if best - second >= (_PLAINLY if agrees else _OVERRULING):
            return self._certain[place]
        evidence = self._evidence(text, counts)
        if evidence is None:
            code = OTHER if said is None or said not in self.languages else said
            return Language(code, 0.0 if said is None else 1.0)
        if said is not None and not self._contradicted(said, evidence):
            return Language(said if said in self.languages else OTHER, 1.0)
        *_, second, best = sorted(evidence.tolist())
        if best - second < _UNSURE:
            evidence += self._second_opinion(text)
        return self._decide(evidence)

    def _evidence(self, text: str, counts: bytes) -> Evidence | None:
        """What words and letters say, in nats; `None` where there are none that say anything."""
        words = [word[:_LONGEST] for word in _WORD.findall(text) if word not in _EVERYWHERE]
        if _STRETCHED.search(text):
            words = [_STRETCHED.sub(r"\1", word) for word in words]
        letters = self._letters.score(words) if words else None
        if letters is None:
            return None
        return self._prior + letters + np.frombuffer(counts, np.uint8) * np.float32(_FREQUENT)

    def _contradicted(self, said: str, evidence: Evidence) -> bool:
        """Whether the text plainly isn't in the language that its source declares."""
        if said not in self._weighed:
            return False
        return bool(evidence.max() - evidence[self._weighed.index(said)] > _PLAIN)

    def _second_opinion(self, text: str) -> Evidence:
        opinion = dict(self._second.rank(text))
        likely = [opinion.get(language, 0.0) + _DOUBT for language in self._weighed]
        return (_SECOND * np.log(likely)).astype(np.float32)

    def _decide(self, evidence: Evidence) -> Language:
        best = int(evidence.argmax())
        weights = np.exp(evidence - evidence[best]).tolist()
        if best < self._listened:
            return Language(self._weighed[best], 1 / sum(weights))
        return Language(OTHER, sum(weights[self._listened :]) / sum(weights))


def _separated(text: str) -> str:
    """With spaces for everything that separates words.

    Bytes are translated ten times as fast as a string, and most texts have a byte a character.
    """
    if text.isascii():
        return text.encode().translate(_ASCII_SEPARATORS).decode()
    return text.translate(_SEPARATORS)


def _code(declared: str) -> str | None:
    """The code in what a source declares, `None` where it says nothing of use."""
    code = declared.replace("_", "-").split("-", 1)[0].lower()
    return code if len(code) in _CODE_LENGTHS and code.isalpha() and code != "und" else None


@cache
def _small_model(weighed: tuple[str, ...]) -> SmallModel:
    """It takes a second to read."""
    return SmallModel(weighed)
