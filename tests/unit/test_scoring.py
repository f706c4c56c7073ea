"""One envelope of mentions becomes tallies, one per brand."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from detectors.alarm import AlarmTerms
from detectors.language import LanguageIdentifier
from detectors.records import Counts, Mention
from detectors.scoring import STEP, EnvelopeScore, MentionScorer
from detectors.sentiment import SentimentScorer

NOON = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
EPOCH = int(NOON.timestamp())


class WordMatcher:
    """A brand is a word of that name. Like all code, it may have mistakes."""

    def __init__(self, *brands: str) -> None:
        self._brands = brands

    def match(self, mention: Mention) -> Sequence[str]:
        if "unmatchable" in mention.text:
            raise LookupError
        return [brand for brand in self._brands if brand in mention.text.split()]

    def without_names(self, text: str, brands: Collection[str]) -> str:
        if "unreadable" in text:
            raise RecursionError
        return " ".join(word for word in text.split() if word not in brands)


def scorer(*brands: str) -> MentionScorer:
    return MentionScorer(
        WordMatcher(*brands), LanguageIdentifier(), SentimentScorer(), AlarmTerms()
    )


def said(text: str, *, seconds: int = 0, language: str = "en", reach: int | None = None) -> Mention:
    return Mention(
        id=text,
        text=text,
        published_at=NOON + timedelta(seconds=seconds),
        source="bluesky",
        kind="microblog",
        language=language,
        reach=reach,
    )


def test_each_brand_gets_its_own_tally_with_the_envelopes_position() -> None:
    score = scorer("Acme", "Zork").tally(
        [said("Acme is awful"), said("Zork is great"), said("Acme and Zork at noon")], 3, 17
    )
    assert [(t.brand, t.partition, t.offset) for t in score.tallies] == [
        ("Acme", 3, 17),
        ("Zork", 3, 17),
    ]
    counts = {tally.brand: tally.buckets[EPOCH].counts for tally in score.tallies}
    assert counts["Acme"] == Counts(mentions=2, negative=1, neutral=1)
    assert counts["Zork"] == Counts(mentions=2, positive=1, neutral=1)


def test_who_speaks_of_no_brand_is_only_counted() -> None:
    score = scorer("Acme").tally([said("rain again"), said("Acme")], 0, 0)
    assert score.unmatched == 1
    assert [tally.brand for tally in score.tallies] == ["Acme"]
    assert sum(score.scored.values()) == 1


def test_an_envelope_that_speaks_of_no_brand_makes_no_tally() -> None:
    assert scorer("Acme").tally([], 0, 0).tallies == []
    assert scorer("Acme").tally([said("rain again")], 0, 0).tallies == []


def test_counts_stand_in_the_step_of_their_publication() -> None:
    mentions = [said(f"Acme {s}", seconds=s) for s in (0, STEP - 1, STEP, 3 * STEP + 1)]
    (tally,) = scorer("Acme").tally(mentions, 0, 0).tallies
    counted = {start - EPOCH: bucket.counts.mentions for start, bucket in tally.buckets.items()}
    assert counted == {0: 2, STEP: 1, 3 * STEP: 1}


def test_a_language_without_an_analyser_is_unscored_never_neutral() -> None:
    identifier = LanguageIdentifier(["en", "fi"])
    reader = MentionScorer(WordMatcher("Acme"), identifier, SentimentScorer(), AlarmTerms())
    score = reader.tally([said("Acme on kamala", language="fi")], 0, 0)
    (tally,) = score.tallies
    assert tally.buckets[EPOCH].counts == Counts(mentions=1, unscored=1)
    assert score.scored == {("fi", "unscored"): 1}
    assert tally.buckets[EPOCH].widest[0].compound is None


def test_a_brands_name_says_nothing_of_how_somebody_feels() -> None:
    """VADER gives "united" alone +1.8, and "fail" in a handle as much below."""
    neutral = scorer("united").score(said("united lands at noon @failwatch"))
    assert neutral is not None
    assert neutral.sentiment.label == "neutral"


def test_reach_is_summed_and_that_of_the_negative_ones_apart() -> None:
    mentions = [said("Acme is awful", reach=100), said("Acme is great", reach=20), said("Acme")]
    (tally,) = scorer("Acme").tally(mentions, 0, 0).tallies
    counts = tally.buckets[EPOCH].counts
    assert (counts.reach, counts.negative_reach) == (120, 100)


def test_reposts_count_and_reach_and_are_shown_once() -> None:
    original = said("Acme is awful", reach=10)
    reposts = [
        replace(original, id=f"r{n}", author=f"a{n}", reach=n, repost_of=original.id)
        for n in range(20)
    ]
    (tally,) = scorer("Acme").tally([original, *reposts], 0, 0).tallies
    bucket = tally.buckets[EPOCH]
    assert (bucket.counts.negative, bucket.counts.reach) == (21, 10 + sum(range(20)))
    assert [post.id for post in bucket.worst] == ["r19"]
    assert [post.original for post in bucket.widest] == [("bluesky", original.id)]


def test_only_negative_posts_can_be_the_worst_all_can_be_the_widest() -> None:
    mentions = [said("Acme is great", reach=9), said("Acme is awful", reach=1)]
    (tally,) = scorer("Acme").tally(mentions, 0, 0).tallies
    bucket = tally.buckets[EPOCH]
    assert [post.text for post in bucket.worst] == ["Acme is awful"]
    assert [post.text for post in bucket.widest] == ["Acme is great", "Acme is awful"]


def test_a_post_is_quoted_on_one_line() -> None:
    (tally,) = scorer("Acme").tally([said("Acme\n\nis   awful " + "x" * 500)], 0, 0).tallies
    (post,) = tally.buckets[EPOCH].worst
    assert post.text.startswith("Acme is awful xxx")
    assert len(post.text) == 280


def test_alarming_words_count_unless_the_mention_is_positive() -> None:
    mentions = [
        said("Acme phone exploded, somebody is injured"),
        said("Acme wonderful: nobody was injured, great and excellent help, thank you so much"),
    ]
    scored = [scorer("Acme").score(mention) for mention in mentions]
    assert [item.alarming for item in scored if item] == [True, False]


def test_the_same_mentions_give_the_same_tallies() -> None:
    mentions = [said(f"Acme is awful {n}", seconds=n, reach=n) for n in range(30)]
    first, second = (scorer("Acme").tally(mentions, 0, 0).tallies for _ in range(2))
    assert [tally.to_json() for tally in first] == [tally.to_json() for tally in second]


def test_only_what_speaks_of_a_brand_is_asked_for_repeats() -> None:
    asked: list[Mention] = []

    def only_new(mentions: Iterable[Mention]) -> list[Mention]:
        asked.extend(mentions)
        return asked[:1]

    score = scorer("Acme").tally(
        [said("rain again"), said("Acme works"), said("Acme broke")], 0, 0, only_new
    )
    assert [mention.text for mention in asked] == ["Acme works", "Acme broke"]
    assert (len(score.mentions), score.repeated, score.unmatched) == (1, 1, 1)


def test_a_mistake_of_ours_costs_the_mention_that_it_is_made_on_and_no_other() -> None:
    mentions = [said(f"Acme {word}") for word in ("works", "unmatchable", "broke", "unreadable")]
    score = scorer("Acme").tally([*mentions, said("rain again")], 0, 0)

    (tally,) = score.tallies
    assert tally.buckets[EPOCH].counts.mentions == 2
    assert [one.text for one in score.mentions] == ["Acme works", "Acme broke"]
    assert score.unmatched == 1
    assert {(one.mention.text, one.rejection().reason) for one in score.mistakes} == {
        ("Acme unmatchable", "can't score: LookupError"),
        ("Acme unreadable", "can't score: RecursionError"),
    }


def test_together_or_one_by_one_mentions_say_the_same() -> None:
    texts = ["Acme is awful", "Acme is geweldig", "Acme \U0001f621", "Acme gehackt!", "@x Acme"]
    mentions = [said(text, language="") for text in texts]
    reader = scorer("Acme")

    together = reader.tally(mentions, 0, 0)
    alone = EnvelopeScore()
    for mention in mentions:
        reader.count([mention], alone)
    alone.settle(0, 0)

    assert [tally.to_json() for tally in together.tallies] == [
        tally.to_json() for tally in alone.tallies
    ]
    assert together.scored == alone.scored
