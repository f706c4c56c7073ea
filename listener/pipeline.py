"""The pure pipeline, put together from the settings: what both engines and `backtest` run."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from detectors.alarm import DEFAULT_TERMS, AlarmTerms
from detectors.detector import Detector
from detectors.language import DEFAULT_LANGUAGES, OTHER, LanguageIdentifier
from detectors.records import MAX_MENTIONS, Mention
from detectors.scoring import MentionScorer
from detectors.sentiment import SentimentScorer
from detectors.sentiment.lexicon import Lexicon
from detectors.settings import DetectionSettings
from listener.brands import Brand
from listener.queries.matcher import QueryMatcher
from listener.queries.syntax import languages_of


@dataclass(frozen=True, slots=True)
class PipelineSettings:
    """What decides which alerts arise from which mentions; nothing else does."""

    brands: tuple[Brand, ...]
    languages: tuple[str, ...] = DEFAULT_LANGUAGES
    alarm_terms: tuple[str, ...] = DEFAULT_TERMS
    detection: DetectionSettings = field(default_factory=DetectionSettings)
    lexicons: Mapping[str, Lexicon] = field(default_factory=dict)
    brand_lexicons: Mapping[str, Lexicon] = field(default_factory=dict)
    plain_vader: bool = False

    def __post_init__(self) -> None:
        names = [brand.name for brand in self.brands]
        if not names:
            raise ValueError("brands: expected at least one, or there is nothing to listen for")
        for name, times in Counter(names).items():
            if times > 1:
                raise ValueError(f"brands: {name!r} is there twice; give each its own name")
        for place, brand in enumerate(self.brands):
            for language in sorted(languages_of(brand.tree) - {*self.languages, OTHER}):
                raise ValueError(
                    f"brands[{place}].query: lang:{language} is none of the languages listened in "
                    f"({', '.join(self.languages)}): add it to them"
                )
        for name in self.brand_lexicons:
            if name not in names:
                raise ValueError(f"sentiment.brand_lexicons: there is no brand {name!r}")


def make_scorer(settings: PipelineSettings) -> MentionScorer:
    languages = LanguageIdentifier(settings.languages)
    return MentionScorer(
        QueryMatcher(
            settings.brands,
            lambda mention: languages.identify(mention.text, mention.language).code,
        ),
        languages,
        make_sentiment(settings),
        AlarmTerms(settings.alarm_terms),
    )


def make_sentiment(settings: PipelineSettings) -> SentimentScorer:
    return SentimentScorer(
        lexicons=settings.lexicons,
        brand_lexicons=settings.brand_lexicons,
        plain_vader=settings.plain_vader,
    )


def make_detector(
    settings: PipelineSettings, brands: Iterable[str] | None = None, *, sources: int = 1
) -> Detector:
    """For all brands, or for `brands` alone."""
    names = [brand.name for brand in settings.brands] if brands is None else brands
    return Detector(names, settings.detection, sources=sources)


def in_envelopes(mentions: Sequence[Mention]) -> Iterable[Sequence[Mention]]:
    """Cut into portions of at most `MAX_MENTIONS`."""
    for start in range(0, len(mentions), MAX_MENTIONS):
        yield mentions[start : start + MAX_MENTIONS]
