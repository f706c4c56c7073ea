"""Posts worth showing: a post and its reposts are one, and what was deleted is shown no more."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.records import Bucket, Deleted, Deletion, Sample
from detectors.records.sample import MAX_SAMPLES, Order, first_of

AT = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)


def worst(sample: Sample) -> Order:
    return sample.worst_first


def widest(sample: Sample) -> Order:
    return sample.widest_first


def post(
    number: int, *, repost_of: int | None = None, compound: float = -0.5, reach: int = 0
) -> Sample:
    return Sample(
        id=str(number),
        source="forum",
        kind="forum",
        text=f"text {number if repost_of is None else repost_of}",
        published_at=AT,
        author=f"author {number}",
        url=f"https://forum.example/{number}",
        compound=compound,
        reach=reach,
        repost_of=None if repost_of is None else str(repost_of),
    )


def gone(*numbers: int) -> Deleted:
    return Deleted(Deletion("forum", id=str(number)) for number in numbers)


class TestReposts:
    def test_the_one_with_the_widest_reach_stands_for_all(self) -> None:
        posts = [post(1, reach=5), post(2, repost_of=1, reach=9), post(3, repost_of=1)]
        assert first_of(posts, widest) == [posts[1]]

    def test_the_original_stands_for_those_that_reach_no_further(self) -> None:
        posts = [post(2, repost_of=5, reach=9), post(5, reach=9)]
        assert first_of(posts, worst) == [posts[1]]

    def test_they_leave_room_for_other_posts(self) -> None:
        reposts = [post(n, repost_of=1, reach=n) for n in range(10, 20)]
        shown = first_of([*reposts, post(2), post(3)], widest)
        assert [sample.original[1] for sample in shown] == ["1", "2", "3"]

    def test_those_of_another_platform_are_other_posts(self) -> None:
        other = Sample("9", "bluesky", "microblog", "text", AT, repost_of="1")
        assert len(first_of([post(1), other], worst)) == 2


class TestDeletions:
    def test_a_deleted_post_says_nothing_any_more_and_keeps_its_place(self) -> None:
        left = post(1, reach=7).without(gone(1))
        assert left.is_deleted
        assert "text" not in (shown := str(left.to_json())).replace("'text': ''", "")
        assert "author" not in shown
        assert "https" not in shown
        assert (left.worst_first, left.original) == (post(1, reach=7).worst_first, ("forum", "1"))
        assert Sample.from_json(left.to_json()) == left

    def test_other_posts_are_left_alone(self) -> None:
        assert post(1).without(gone(2)) == post(1)
        assert post(1).without(Deleted([Deletion("bluesky", id="1")])) == post(1)
        assert post(1).without(Deleted([Deletion("forum", author="author 2")])) == post(1)

    def test_an_account_takes_all_its_posts_with_it(self) -> None:
        assert post(1).without(Deleted([Deletion("forum", author="author 1")])).is_deleted

    def test_an_original_takes_its_reposts_with_it(self) -> None:
        assert post(2, repost_of=1).without(gone(1)).is_deleted

    @pytest.mark.parametrize(
        "by", [Deletion("forum", id="2"), Deletion("forum", author="author 2")]
    )
    def test_who_takes_a_repost_back_hides_no_original(self, by: Deletion) -> None:
        """Else anybody could hide the worst post: pass it on, and take that back."""
        left = post(2, repost_of=1).without(Deleted([by]))
        assert (left.text, left.author, left.url) == ("text 1", None, None)

    def test_a_repost_that_comes_later_does_not_bring_it_back(self) -> None:
        (shown,) = first_of([post(1).without(gone(1)), post(2, repost_of=1, reach=9)], widest)
        assert shown.is_deleted

    def test_a_bucket_says_whether_anything_had_to_go(self) -> None:
        bucket = Bucket()
        bucket.add_samples([post(1)], [post(1), post(2)])
        assert not bucket.erase(gone(3))
        assert bucket.erase(gone(1))
        assert not bucket.erase(gone(1))
        assert [sample.text for sample in bucket.widest] == ["", "text 2"]


POSTS = st.lists(
    st.builds(
        post,
        st.integers(0, 30),
        repost_of=st.none() | st.integers(0, 5),
        compound=st.sampled_from([-0.9, -0.5, -0.1]),
        reach=st.integers(0, 3),
    ),
    max_size=12,
    unique_by=lambda sample: sample.id,
)


@settings(max_examples=200, deadline=None)
@given(POSTS, st.data(), st.sampled_from([worst, widest]))
def test_portions_order_and_when_the_deletions_come_make_no_difference(
    posts: list[Sample], data: st.DataObject, order: Callable[[Sample], Order]
) -> None:
    deleted = gone(*data.draw(st.sets(st.integers(0, 5), max_size=2)))
    at_once = [sample.without(deleted) for sample in first_of(posts, order)]

    kept: list[Sample] = []
    shuffled = data.draw(st.permutations(posts))
    while shuffled:
        size = data.draw(st.integers(1, len(shuffled)))
        kept = first_of((*kept, *first_of(shuffled[:size], order)), order)
        shuffled = shuffled[size:]
        if data.draw(st.booleans()):
            kept = [sample.without(deleted) for sample in kept]
    kept = [sample.without(deleted) for sample in kept]

    assert kept == at_once
    assert len(kept) <= MAX_SAMPLES
