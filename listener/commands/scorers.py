"""What scores texts on the command line, as the configuration says or as it comes along."""

from dataclasses import replace
from pathlib import Path

from detectors.language import LanguageIdentifier
from detectors.sentiment import SentimentScorer
from listener.pipeline import make_sentiment
from listener.settings import load_settings


def scorers(
    config: Path | None, *, plain_vader: bool = False
) -> tuple[LanguageIdentifier, SentimentScorer]:
    """Raises `UsageError` where the configuration is at fault."""
    if config is None:
        return LanguageIdentifier(), SentimentScorer(plain_vader=plain_vader)
    settings = load_settings(config).pipeline
    if plain_vader:
        settings = replace(settings, plain_vader=True)
    return LanguageIdentifier(settings.languages), make_sentiment(settings)
