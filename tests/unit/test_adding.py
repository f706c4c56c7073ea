"""Scored mentions added up: the same as a bucket for each of them, merged one by one."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.adding import MAX_REACH, ScoredMention, bucket_of
from detectors.language import Language
from detectors.records import Bucket, Counts, Mention, dumps, loads
from detectors.records.sample import first_of
from detectors.sentiment import Sentiment, label_of

NOON = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)


def scored(
    number: int,
    *,
    compound: float | None = -0.5,
    reach: int | None = None,
    source: str = "forum",
    author: str | None = None,
    repost_of: int | None = None,
    alarming: bool = False,
) -> ScoredMention:
    mention = Mention(
        id=str(number),
        text=f"text\n{number}",
        published_at=NOON + timedelta(seconds=number),
        source=source,
        kind="forum",
        author=author,
        reach=reach,
        repost_of=None if repost_of is None else str(repost_of),
    )
    label = "unscored" if compound is None else label_of(compound)
    return ScoredMention(
        mention, ["Acme"], Language("nl", 1.0), Sentiment(label, compound, None), alarming
    )


SCORED = st.lists(
    st.builds(
        scored,
        st.integers(0, 60),
        compound=st.sampled_from([-0.9, -0.5, 0.0, 0.5, None]),
        reach=st.none() | st.integers(0, 3) | st.just(10 * MAX_REACH),
        source=st.sampled_from(["forum", "blog"]) | st.integers(0, 40).map(str),
        author=st.none() | st.sampled_from("abc"),
        repost_of=st.none() | st.integers(0, 5),
        alarming=st.booleans(),
    ),
    max_size=40,
    unique_by=lambda one: one.mention.id,
)


@given(SCORED)
@settings(max_examples=100, deadline=None)
def test_at_once_or_one_by_one_it_comes_to_the_same(all_of_them: list[ScoredMention]) -> None:
    one_by_one = Bucket()
    for one in all_of_them:
        one_by_one.merge(bucket_of([one]))
    assert bucket_of(all_of_them) == one_by_one


@given(SCORED)
@settings(max_examples=100, deadline=None)
def test_the_samples_are_the_first_of_all(all_of_them: list[ScoredMention]) -> None:
    bucket = bucket_of(all_of_them)
    samples = [one.sample() for one in all_of_them]
    negative = [sample for sample in samples if (sample.compound or 0) < 0]
    assert bucket.widest == first_of(samples, lambda sample: sample.widest_first)
    assert bucket.worst == first_of(negative, lambda sample: sample.worst_first)


def test_one_star_is_no_crowd() -> None:
    counts = bucket_of([scored(1, reach=10 * MAX_REACH), scored(2, reach=5)]).counts
    assert (counts.reach, counts.negative_reach) == (10 * MAX_REACH + 5, MAX_REACH + 5)


def test_who_claims_to_reach_more_than_there_are_people_wears_out_no_sum() -> None:
    total = bucket_of([scored(1, reach=2**53 - 1)] * 5).counts
    for _ in range(21):
        total.add(total)
    assert Counts.from_json(loads(dumps(total.to_json()))) == total


def test_authors_are_those_of_negative_and_of_alarming_mentions() -> None:
    angry, calm = scored(1, author="a"), scored(2, author="b", compound=0.5)
    alarmed = scored(3, author="c", compound=0.0, alarming=True)
    again, nobody = scored(4, author="a"), scored(5)
    bucket = bucket_of([angry, calm, alarmed, again, nobody])
    assert len(bucket.authors) == 2
    assert len(bucket.alarming_authors) == 1
