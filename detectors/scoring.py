"""One envelope of mentions -> tallies, one per brand that it speaks of.

Pure: the same new mentions (see `dedupe`) give the same tallies.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

from detectors.adding import ScoredMention, bucket_of
from detectors.alarm import AlarmTerms
from detectors.language import LanguageIdentifier
from detectors.records import InvalidRecord, Mention, Rejection, Tally
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


class Mistake(NamedTuple):
    """A mention that our code could not score, with what it raised."""

    mention: Mention
    error: Exception

    def rejection(self) -> Rejection:
        """A mistake of ours costs that mention alone: it is kept where others that fail are."""
        reason = f"can't score: {type(self.error).__name__}"
        return Rejection.of(InvalidRecord("internal", reason), self.mention.to_json())


@dataclass(slots=True)
class EnvelopeScore:
    """What an envelope, or several in a row, add up to, and counts for the metrics.

    `mentions` are those that were counted; `scored` counts them by (language, sentiment label),
    `repeated` those that had been seen before, `unmatched` those of no brand. What was `said` of
    a brand in the step that starts at a Unix second becomes a tally's bucket once all is counted:
    adding up a thousand mentions costs far less than adding one a thousand times. `mistakes` are
    the mentions that couldn't be scored, and were not counted.
    """

    mentions: list[Mention] = field(default_factory=list)
    repeated: int = 0
    unmatched: int = 0
    said: dict[str, dict[int, list[ScoredMention]]] = field(default_factory=dict)
    tallies: list[Tally] = field(default_factory=list)
    scored: Counter[tuple[str, str]] = field(default_factory=Counter)
    mistakes: list[Mistake] = field(default_factory=list)

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
        return self._score([mention], [brands])[0] if brands else None

    def _score(
        self, mentions: Sequence[Mention], brands: Sequence[Sequence[str]]
    ) -> list[ScoredMention]:
        """Each step for all mentions before the next: what it works with stays in the caches.

        One mention after the other took half as long again, measured in portions of 50 to 1,000.
        """
        names, identify = self._matcher.without_names, self._languages.identify
        score, alarms = self._sentiment.score, self._alarms.found_in
        texts = [
            without_addresses(names(mention.text, about))
            for mention, about in zip(mentions, brands, strict=True)
        ]
        languages = [
            identify(text, mention.language) for text, mention in zip(texts, mentions, strict=True)
        ]
        sentiments = [
            score(text, language.code, about)
            for text, language, about in zip(texts, languages, brands, strict=True)
        ]
        alarming = [
            sentiment.label != "positive" and alarms(text)
            for text, sentiment in zip(texts, sentiments, strict=True)
        ]
        found = zip(mentions, brands, languages, sentiments, alarming, strict=True)
        return [ScoredMention(*one) for one in found]

    def _score_one_by_one(
        self, mentions: Sequence[Mention], brands: Sequence[Sequence[str]], into: "EnvelopeScore"
    ) -> list[ScoredMention]:
        scored = []
        for mention, about in zip(mentions, brands, strict=True):
            try:
                scored += self._score([mention], [about])
            except Exception as error:  # noqa: BLE001 - told to whoever counts
                into.mistakes.append(Mistake(mention, error))
        return scored

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
        """Count some more mentions, of one envelope or several, in `into`.

        `only_new` leaves out those that were seen before. It is asked of what speaks of a brand
        alone: a source may bring a thousand times as much, and that need not be remembered.
        """
        speaking: dict[int, Sequence[str]] = {}
        mistakes = len(into.mistakes)
        for mention in mentions:
            try:
                if names := self._matcher.match(mention):
                    speaking[id(mention)] = names
            except Exception as error:  # noqa: BLE001 - told to whoever counts
                into.mistakes.append(Mistake(mention, error))
        into.unmatched += len(mentions) - len(speaking) - (len(into.mistakes) - mistakes)
        new = only_new(mention for mention in mentions if id(mention) in speaking)
        into.repeated += len(speaking) - len(new)
        brands = [speaking[id(mention)] for mention in new]
        try:
            scored = self._score(new, brands)
        except Exception:  # noqa: BLE001 - it is found and told
            scored = self._score_one_by_one(new, brands, into)
        into.mentions += [one.mention for one in scored]
        for one in scored:
            into.scored[one.language.code, one.sentiment.label] += 1
            start = epoch(one.mention.published_at) // STEP * STEP
            for brand in one.brands:
                into.said.setdefault(brand, {}).setdefault(start, []).append(one)
