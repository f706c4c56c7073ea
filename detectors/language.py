"""Which language a mention is in: what its source declares, else langdetect.

The identifier answers with one of the languages that the operator listens in, or `OTHER`.
langdetect is random unless seeded and slow with all of its profiles (milliseconds a text), so
only `PROFILES` are loaded, every detection starts from the same seed, and the text is cut.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import langdetect
from langdetect.detector_factory import DetectorFactory
from langdetect.lang_detect_exception import LangDetectException

from detectors.text import without_addresses

OTHER: Final = "other"
DEFAULT_LANGUAGES: Final = ("nl", "en", "de", "fr", "es")
# The languages that posts in western Europe are mostly written in: what isn't listened in must
# have somewhere to go.
PROFILES: Final = ("da", "de", "en", "es", "fr", "it", "nl", "pl", "pt", "sv", "tr")
_MAX_TEXT: Final = 400
_SEED: Final = 0


@dataclass(frozen=True, slots=True)
class Language:
    """A code (ISO 639-1, or `OTHER`) and how sure that is, from 0 to 1."""

    code: str
    confidence: float


class LanguageIdentifier:
    """Identifies the language of a text among `languages`; everything else is `OTHER`."""

    def __init__(self, languages: Collection[str] = DEFAULT_LANGUAGES) -> None:
        self.languages = frozenset(languages)

    def identify(self, text: str, declared: str | None = None) -> Language:
        """`declared` is the source's own word (``nl``, ``nl-BE``, ``en_US``) and stands."""
        if declared:
            code = declared.replace("_", "-").split("-", 1)[0].lower()
            if len(code) in {2, 3} and code.isalpha() and code != "und":
                return Language(code if code in self.languages else OTHER, 1.0)
        detector = _factory().create()
        detector.set_max_text_length(_MAX_TEXT)
        detector.append(without_addresses(text))
        try:
            best = detector.get_probabilities()
        except LangDetectException:  # nothing in it that looks like a word
            return Language(OTHER, 0.0)
        if not best:
            return Language(OTHER, 0.0)
        code = best[0].lang
        return Language(code if code in self.languages else OTHER, float(best[0].prob))


@cache
def _factory() -> DetectorFactory:
    folder = Path(langdetect.__file__).parent / "profiles"
    factory = DetectorFactory()
    factory.load_json_profile([(folder / code).read_text("utf-8") for code in PROFILES])
    factory.set_seed(_SEED)
    return factory
