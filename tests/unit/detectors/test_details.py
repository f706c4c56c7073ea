"""The last hour of a brand: what is no longer needed is dropped, and nothing that is shown."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.details import DETAIL_SPAN, Details
from detectors.records import Bucket, Deleted, Deletion, Sample, dumps, loads
from tests.unit.detectors.streams import MONDAY

PIECE = 300
AT = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)


def said(*posts: Sample, authors: int = 0) -> Bucket:
    bucket = Bucket()
    bucket.counts.mentions = bucket.counts.negative = max(len(posts), authors)
    bucket.add_samples(posts, posts)
    bucket.add_authors(range(authors), [])
    return bucket


def post(number: int, reach: int, repost_of: int | None = None) -> Sample:
    original = None if repost_of is None else str(repost_of)
    return Sample(
        id=str(number),
        source="forum",
        kind="forum",
        text=f"text {number}",
        published_at=AT,
        author=f"author {number % 3}",
        compound=-(reach % 7) / 7,
        reach=reach,
        repost_of=original,
    )


DELETIONS = st.one_of(
    st.builds(lambda number: Deletion("forum", id=str(number)), st.integers(0, 20)),
    st.builds(lambda number: Deletion("forum", author=f"author {number}"), st.integers(0, 2)),
)
EVENTS = st.lists(
    st.tuples(
        st.integers(0, 60),  # how many steps later it is said
        st.integers(0, 400),  # and how many steps late it comes
        st.integers(0, 20),  # how many it reaches
        st.none() | st.integers(0, 5),  # what it reposts
        st.none() | DELETIONS,  # what is deleted then
        st.booleans(),  # whether the state is stored then
    ),
    min_size=5,
    max_size=25,
)


@given(EVENTS, st.sampled_from([300, 900, 2500, 3600]))
@settings(max_examples=400, deadline=None)
def test_whatever_is_asked_for_is_as_if_nothing_had_been_dropped(
    events: list[tuple[int, int, int, int | None, Deletion | None, bool]], span: int
) -> None:
    now, details, everything = MONDAY, Details(), Details()
    told: list[Deletion] = []
    for number, (later, late, reach, repost_of, gone, is_stored) in enumerate(events):
        sample = post(number, reach, repost_of if (repost_of or 0) < number else None)
        if sample.without(Deleted(told)) is not sample:
            continue  # what was taken back is not said again
        now += 10 * later
        told += [] if gone is None else [gone]
        for kept in (details, everything):
            kept.go_on(now)
            kept.add(now - min(10 * late, DETAIL_SPAN), said(sample))
            if gone is not None:
                kept.erase(Deleted([gone]))
        if is_stored:
            details.to_json()
        assert details.recent(now, span) == everything.recent(now, span)


def test_an_original_that_is_outdone_is_kept_as_long_as_a_repost_shows_what_it_says() -> None:
    repost, original = post(3, reach=100, repost_of=1), post(1, reach=0)
    stronger = [post(number, reach=50 + number) for number in (6, 9, 12)]
    usual, stored = Details(), Details()
    for details in (usual, stored):
        for piece, posts in enumerate(([repost], [original], stronger, [])):
            details.go_on(MONDAY + PIECE * piece)
            details.add(MONDAY + PIECE * piece, said(*posts))
    stored.to_json()
    for details in (usual, stored):
        details.erase(Deleted([Deletion("forum", author="author 1")]))
    assert stored.recent(MONDAY + 900, 3600) == usual.recent(MONDAY + 900, 3600)


def test_a_busy_hour_keeps_few_posts() -> None:
    details = Details()
    for number in range(3600):
        details.go_on(MONDAY + number)
        details.add(MONDAY + number, said(post(number, reach=number * 7919 % 3607)))
    assert dumps(details.to_json()).count(b'"id"') <= 36  # of the 72 that were first in a piece


def test_an_hour_later_it_is_forgotten() -> None:
    details = Details()
    details.add(MONDAY, said(post(1, 1)))
    details.go_on(MONDAY + DETAIL_SPAN + PIECE)
    assert details.to_json() == {}


def test_an_author_is_new_once_in_five_minutes() -> None:
    details = Details()
    assert details.add(MONDAY, said(authors=3)) == 3
    assert details.add(MONDAY + 290, said(authors=5)) == 2
    assert details.add(MONDAY + 300, said(authors=5)) == 5


def test_restored_it_is_the_same() -> None:
    details = Details()
    for number in range(40):
        details.add(MONDAY + 60 * number, said(post(number, number), authors=number))
    details.go_on(MONDAY + 2400)
    restored = Details.from_json(loads(dumps(details.to_json())))
    assert restored.recent(MONDAY + 2400, 900) == details.recent(MONDAY + 2400, 900)


def test_what_is_over_is_packed_though_nobody_stores_it() -> None:
    details = Details()
    for number in range(40):
        details.go_on(MONDAY + 60 * number)
        details.add(MONDAY + 60 * number, said(post(number, number)))
        assert len(details._open) == 1
    assert len(details.recent(MONDAY + 2400, DETAIL_SPAN).worst) == 3
