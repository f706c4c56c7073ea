"""One envelope of mentions -> tallies, one per brand that it speaks of.

Pure: the same new mentions (see `dedupe`) give the same tallies.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from detectors.alarm import AlarmTerms
from detectors.crowd import author_key
from detectors.language import Language, LanguageIdentifier
from detectors.records import Bucket, Counts, Mention, Sample, Tally
from detectors.records.sample import MAX_SAMPLE_TEXT
from detectors.sentiment import Sentiment, SentimentScorer
from detectors.text import one_line, without_addresses

STEP: Final = 10
"""Seconds of event time in one bucket of a tally, and between two evaluations."""
MAX_REACH: Final = 1_000_000
"""What one negative mention adds to `negative_reach` at most: one star is no crowd."""


Buckets = dict[str, dict[int, Bucket]]
"""By brand, and by the start of a step in Unix seconds."""


class BrandMatcher(Protocol):
    """Which brands a mention speaks of, and how to read it without their names."""

    def match(self, mention: Mention) -> Sequence[str]:
        """The names of the brands, in a fixed order."""
        ...

    def without_names(self, text: str, brands: Collection[str]) -> str:
        """The text without the words that `brands` are listened for by."""
        ...


@dataclass(frozen=True, slots=True)
class ScoredMention:
    """What was found out about one mention."""

    mention: Mention
    brands: Sequence[str]
    language: Language
    sentiment: Sentiment
    alarming: bool


@dataclass(slots=True)
class EnvelopeScore:
    """What an envelope, or several in a row, add up to, and counts for the metrics.

    `mentions` are those that were counted; `scored` counts them by (language, sentiment label),
    `repeated` those that had been seen before, `unmatched` those of no brand. `tallies` are made
    of `buckets` once all is counted.
    """

    mentions: list[Mention] = field(default_factory=list)
    repeated: int = 0
    unmatched: int = 0
    buckets: Buckets = field(default_factory=dict)
    tallies: list[Tally] = field(default_factory=list)
    scored: Counter[tuple[str, str]] = field(default_factory=Counter)

    def settle(self, partition: int, offset: int) -> None:
        """All is counted: make the tallies, one a brand, at this position."""
        self.tallies = [
            Tally(brand, partition, offset, some) for brand, some in self.buckets.items()
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
            start = int(mention.published_at.timestamp()) // STEP * STEP
            for brand in scored.brands:
                _add(into.buckets.setdefault(brand, {}).setdefault(start, Bucket()), scored)


def _add(bucket: Bucket, scored: ScoredMention) -> None:
    mention, label = scored.mention, scored.sentiment.label
    reach = mention.reach or 0
    negative = label == "negative"
    bucket.counts.add(
        Counts(
            mentions=1,
            negative=int(negative),
            neutral=int(label == "neutral"),
            positive=int(label == "positive"),
            unscored=int(label == "unscored"),
            reach=reach,
            negative_reach=min(reach, MAX_REACH) if negative else 0,
            alarming=int(scored.alarming),
        )
    )
    bucket.add_source(f"{mention.kind}/{mention.source}", 1, int(negative))
    bucket.add_language(scored.language.code, 1)
    author = author_key(mention.source, mention.author or mention.id)
    bucket.add_authors([author] if negative else [], [author] if scored.alarming else [])
    sample = Sample(
        id=mention.id,
        source=mention.source,
        kind=mention.kind,
        text=one_line(mention.text, MAX_SAMPLE_TEXT),
        published_at=mention.published_at,
        author=mention.author,
        url=mention.url,
        language=scored.language.code,
        compound=scored.sentiment.compound,
        reach=reach,
        repost_of=mention.repost_of,
    )
    bucket.add_samples([sample] if negative else [], [sample])
