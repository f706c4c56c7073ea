"""One envelope of mentions -> tallies, one per brand that it speaks of.

Pure: the same new mentions (see `dedupe`) give the same tallies.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from detectors.adding import ScoredMention, bucket_of
from detectors.alarm import AlarmTerms
from detectors.language import LanguageIdentifier
from detectors.records import Mention, Tally
from detectors.records.times import epoch
from detectors.sentiment import SentimentScorer
from detectors.text import without_addresses

STEP: Final = 10
"""Seconds of event time in one bucket of a tally, and between two evaluations."""


class BrandMatcher(Protocol):
    """Which brands a mention speaks of, and how to read it without their names."""

    def match(self, mention: Mention) -> Sequence[str]:
        """The names of the brands, in a fixed order."""
        ...

    def without_names(self, text: str, brands: Collection[str]) -> str:
        """The text without the words that `brands` are listened for by."""
        ...


@dataclass(slots=True)
class EnvelopeScore:
    """What an envelope, or several in a row, add up to, and counts for the metrics.

    `mentions` are those that were counted; `scored` counts them by (language, sentiment label),
    `repeated` those that had been seen before, `unmatched` those of no brand. What was `said` of
    a brand in the step that starts at a Unix second becomes a tally's bucket once all is counted:
    adding up a thousand mentions costs far less than adding one a thousand times.
    """

    mentions: list[Mention] = field(default_factory=list)
    repeated: int = 0
    unmatched: int = 0
    said: dict[str, dict[int, list[ScoredMention]]] = field(default_factory=dict)
    tallies: list[Tally] = field(default_factory=list)
    scored: Counter[tuple[str, str]] = field(default_factory=Counter)

    def settle(self, partition: int, offset: int) -> None:
        """All is counted: make the tallies, one a brand, at this position."""
        brands, self.said = self.said, {}
        self.tallies = [
            Tally(
                brand, partition, offset, {start: bucket_of(said) for start, said in steps.items()}
            )
            for brand, steps in brands.items()
        ]


class MentionScorer:
    """Brand, language and sentiment of mentions, added up into tallies."""

    def __init__(
        self,
        matcher: BrandMatcher,
        languages: LanguageIdentifier,
        sentiment: SentimentScorer,
        alarms: AlarmTerms,
    ) -> None:
        self._matcher = matcher
        self._languages = languages
        self._sentiment = sentiment
        self._alarms = alarms

    def score(self, mention: Mention) -> ScoredMention | None:
        """What a mention says, or `None` where it speaks of no brand."""
        brands = self._matcher.match(mention)
        return self._score(mention, brands) if brands else None

    def _score(self, mention: Mention, brands: Sequence[str]) -> ScoredMention:
        text = without_addresses(self._matcher.without_names(mention.text, brands))
        language = self._languages.identify(text, mention.language)
        sentiment = self._sentiment.score(text, language.code, brands)
        alarming = sentiment.label != "positive" and self._alarms.found_in(text)
        return ScoredMention(mention, brands, language, sentiment, alarming)

    def tally(
        self,
        mentions: Sequence[Mention],
        partition: int,
        offset: int,
        only_new: Callable[[Iterable[Mention]], list[Mention]] = list,
    ) -> EnvelopeScore:
        """Add up the mentions of the envelope at (`partition`, `offset`).

        `only_new` as for `count`.
        """
        score = EnvelopeScore()
        self.count(mentions, score, only_new)
        score.settle(partition, offset)
        return score

    def count(
        self,
        mentions: Sequence[Mention],
        into: EnvelopeScore,
        only_new: Callable[[Iterable[Mention]], list[Mention]] = list,
    ) -> None:
        """Count the mentions of one more envelope in `into`.

        `only_new` leaves out those that were seen before. It is asked of what speaks of a brand
        alone: a source may bring a thousand times as much, and that need not be remembered.
        """
        speaking = {
            id(mention): names for mention in mentions if (names := self._matcher.match(mention))
        }
        new = only_new(mention for mention in mentions if id(mention) in speaking)
        into.mentions += new
        into.repeated += len(speaking) - len(new)
        into.unmatched += len(mentions) - len(speaking)
        for mention in new:
            scored = self._score(mention, speaking[id(mention)])
            into.scored[scored.language.code, scored.sentiment.label] += 1
            start = epoch(mention.published_at) // STEP * STEP
            for brand in scored.brands:
                into.said.setdefault(brand, {}).setdefault(start, []).append(scored)
