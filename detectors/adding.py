"""Scored mentions of one brand in one step of event time -> the bucket that they add up to."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from detectors.crowd import author_key
from detectors.language import Language
from detectors.records import Bucket, Mention, Sample
from detectors.records.sample import MAX_SAMPLE_TEXT, MAX_SAMPLES, Order
from detectors.sentiment import Sentiment
from detectors.text import one_line

MAX_REACH: Final = 1_000_000
"""What one negative mention adds to `negative_reach` at most: one star is no crowd."""
_MOST_REACHED: Final = 1_000_000_000  # who claims more must not wear out the 64 bits of a sum


class ScoredMention(NamedTuple):
    """What was found out about one mention."""

    mention: Mention
    brands: Sequence[str]
    language: Language
    sentiment: Sentiment
    alarming: bool

    def sample(self) -> Sample:
        """As it is shown."""
        mention = self.mention
        return Sample(
            id=mention.id,
            source=mention.source,
            kind=mention.kind,
            text=one_line(mention.text, MAX_SAMPLE_TEXT),
            published_at=mention.published_at,
            author=mention.author,
            url=mention.url,
            language=self.language.code,
            compound=self.sentiment.compound,
            reach=mention.reach or 0,
            repost_of=mention.repost_of,
        )


def bucket_of(scored: Sequence[ScoredMention]) -> Bucket:
    """All that is kept of them."""
    bucket = Bucket()
    counts = bucket.counts
    negatives: list[ScoredMention] = []
    authors: list[int] = []
    alarming_authors: list[int] = []
    for one in scored:
        mention, label = one.mention, one.sentiment.label
        reach = min(mention.reach or 0, _MOST_REACHED)
        is_negative = label == "negative"
        counts.mentions += 1
        counts.reach += reach
        if is_negative:
            counts.negative += 1
            counts.negative_reach += min(reach, MAX_REACH)
            negatives.append(one)
        elif label == "neutral":
            counts.neutral += 1
        elif label == "positive":
            counts.positive += 1
        else:
            counts.unscored += 1
        bucket.add_source(f"{mention.kind}/{mention.source}", 1, int(is_negative))
        bucket.add_language(one.language.code, 1)
        if is_negative or one.alarming:
            author = author_key(mention.source, mention.author or mention.id)
            if is_negative:
                authors.append(author)
            if one.alarming:
                counts.alarming += 1
                alarming_authors.append(author)
    bucket.add_authors(authors, alarming_authors)
    worst = {id(one): one.sample() for one in _first_of(negatives, _worst_first)}
    bucket.worst = list(worst.values())
    bucket.widest = [worst.get(id(one)) or one.sample() for one in _first_of(scored, _widest_first)]
    return bucket


def _first_of(
    scored: Iterable[ScoredMention], order: Callable[[ScoredMention], Order]
) -> list[ScoredMention]:
    """Those whose samples `sample.first_of` would choose: a sample is made of these alone."""
    posts: dict[tuple[str, str], ScoredMention] = {}
    for one in sorted(scored, key=order):
        mention = one.mention
        posts.setdefault((mention.source, mention.repost_of or mention.id), one)
        if len(posts) == MAX_SAMPLES:
            break
    return list(posts.values())


def _worst_first(one: ScoredMention) -> Order:
    mention, compound = one.mention, one.sentiment.compound or 0.0
    is_repost = mention.repost_of is not None
    return compound, -(mention.reach or 0), is_repost, mention.id, mention.source


def _widest_first(one: ScoredMention) -> Order:
    mention, compound = one.mention, one.sentiment.compound or 0.0
    is_repost = mention.repost_of is not None
    return -(mention.reach or 0), compound, is_repost, mention.id, mention.source
