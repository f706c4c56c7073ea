"""Tallies on the wire, and the sums they are made of."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.records import Bucket, Counts, InvalidRecord, Progress, Sample, Tally, dumps, loads
from detectors.records.bucket import MAX_LABELS, OTHER
from detectors.records.sample import MAX_SAMPLES
from detectors.records.tally import parse_tally

AT = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
COUNTS = st.lists(st.integers(0, 1000), min_size=8, max_size=8).map(
    lambda numbers: Counts(*numbers)
)
LABELS = st.sampled_from([f"forum/{n}" for n in range(3)])


def sample(number: int, compound: float | None = -0.5, reach: int = 0) -> Sample:
    return Sample(
        id=str(number),
        source="forum",
        kind="forum",
        text=f"text {number}",
        published_at=AT + timedelta(seconds=number),
        compound=compound,
        reach=reach,
    )


SAMPLES = st.lists(
    st.builds(sample, st.integers(0, 99), st.floats(-1, 1) | st.none(), st.integers(0, 9)),
    max_size=5,
    unique_by=lambda post: post.id,
)


@st.composite
def buckets(draw: st.DrawFn) -> Bucket:
    bucket = Bucket(counts=draw(COUNTS))
    for label in draw(st.lists(LABELS, max_size=3)):
        bucket.add_source(label, 2, 1)
        bucket.add_language("nl", 2)
    bucket.add_samples(draw(SAMPLES), draw(SAMPLES))
    return bucket


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.integers(0, 2**32), buckets(), max_size=3))
def test_a_tally_goes_both_ways(content: dict[int, Bucket]) -> None:
    tally = Tally("Acme", 3, 17, content)
    assert parse_tally(loads(dumps(tally.to_json()))) == tally


def test_progress_goes_both_ways() -> None:
    progress = Progress(2, AT)
    assert parse_tally(loads(dumps(progress.to_json()))) == progress


@settings(max_examples=50, deadline=None)
@given(st.lists(buckets(), min_size=2, max_size=4))
def test_the_order_of_merging_changes_nothing(parts: list[Bucket]) -> None:
    forwards, backwards = Bucket(), Bucket()
    for part in parts:
        forwards.merge(part)
    for part in reversed(parts):
        backwards.merge(part)
    assert forwards.counts == backwards.counts
    assert forwards.sources == backwards.sources
    assert forwards.languages == backwards.languages
    ranks = [[post.worst_first for post in bucket.worst] for bucket in (forwards, backwards)]
    assert ranks[0] == ranks[1]


@settings(max_examples=50, deadline=None)
@given(COUNTS, COUNTS)
def test_what_was_added_can_be_subtracted(first: Counts, second: Counts) -> None:
    total = Counts()
    total.add(first)
    total.add(second)
    total.subtract(first)
    assert total == second


def test_the_worst_and_the_widest_posts_are_kept() -> None:
    bucket = Bucket()
    posts = [sample(n, compound=-n / 10, reach=100 - n) for n in range(8)]
    for post in posts:
        bucket.add_samples([post], [post])
    assert [post.id for post in bucket.worst] == ["7", "6", "5"]
    assert [post.id for post in bucket.widest] == ["0", "1", "2"]
    assert len(bucket.worst) == MAX_SAMPLES


def test_sources_beyond_the_limit_are_counted_together() -> None:
    bucket = Bucket()
    for number in range(MAX_LABELS + 10):
        bucket.add_source(f"forum/{number}", 1, 1)
        bucket.add_language(f"l{number}", 1)
    assert len(bucket.sources) == MAX_LABELS + 1
    assert bucket.sources[OTHER] == [10, 10]
    assert bucket.languages[OTHER] == 10
    assert Bucket.from_json(loads(dumps(bucket.to_json()))) == bucket


GOOD = Tally("Acme", 0, 0, {600: Bucket(worst=[sample(1)])}).to_json()


@pytest.mark.parametrize(
    "change",
    [
        {"brand": ""},
        {"brand": ["Acme"]},
        {"partition": -1},
        {"partition": None},
        {"offset": "first"},
        {"buckets": []},
        {"buckets": {"noon": {}}},
        {"buckets": {"9" * 30: {}}},
        {"buckets": {"600": {}}},
        {"buckets": {"600": {"counts": [1, 2]}}},
        {"buckets": {"600": {"counts": [1.5] * 8, "sources": {}, "languages": {}}}},
    ],
)
def test_a_tally_that_makes_no_sense_is_refused(change: dict[str, object]) -> None:
    assert isinstance(parse_tally(loads(dumps(GOOD))), Tally)
    with pytest.raises(InvalidRecord):
        parse_tally(GOOD | change)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sources", {"forum": [1]}),
        ("sources", {"forum": ["1", "2"]}),
        ("sources", []),
        ("languages", {"nl": "many"}),
        ("worst", {}),
        ("worst", [{"id": "1"}]),
        ("widest", None),
    ],
)
def test_a_bucket_that_makes_no_sense_is_refused(field: str, value: object) -> None:
    bucket = Bucket(worst=[sample(1)]).to_json()
    Bucket.from_json(bucket)
    with pytest.raises(InvalidRecord):
        Bucket.from_json(bucket | {field: value})
