"""Listings that begin with the newest post are handed over oldest first, none lost."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from detectors.records import Mention, Rejection
from listener.connectors.backlog import PORTION, Backlog, Listed, Place

AT = datetime(2026, 1, 15, tzinfo=UTC)


def listed(position: int, number: int = 0) -> Listed:
    return Listed(position, Mention(id=f"{position}.{number}", text="a", published_at=AT))


def ids(backlog: Backlog) -> list[list[str]]:
    portions = []
    while (portion := backlog.take()) is not None:
        portions.append([mention.id for mention in portion.mentions])
    return portions


def test_hands_over_the_oldest_first_and_keeps_the_order_within_a_position() -> None:
    backlog = Backlog(overlap=0)
    backlog.begin(Place(0), [listed(9), listed(7, 2), listed(7, 1), listed(3)])
    assert ids(backlog) == [["3.0", "7.1", "7.2", "9.0"]]


def test_the_place_tells_how_far_a_listing_has_been_handed_over() -> None:
    backlog = Backlog(overlap=10)
    backlog.begin(Place(5), [listed(at) for at in range(2 * PORTION, 0, -1)])
    first, second = backlog.take(), backlog.take()
    assert first is not None
    assert second is not None
    assert (first.place, first.is_last) == (Place(5, PORTION), False)
    assert (second.place, second.is_last) == (Place(2 * PORTION), True)
    assert backlog.take() is None


def test_a_listing_is_read_from_the_overlap_on_or_from_where_it_was_broken_off() -> None:
    assert Place(100).since(10) == 90
    assert Place(100, 95).since(10) == 95


def test_goes_on_only_where_it_stopped() -> None:
    backlog = Backlog(overlap=0)
    backlog.begin(Place(0), [listed(at) for at in range(2 * PORTION, 0, -1)])
    portion = backlog.take()
    assert portion is not None
    assert backlog.goes_on_at(portion.place)
    assert not backlog.goes_on_at(Place(0))
    backlog.take()
    assert not backlog.goes_on_at(Place(2 * PORTION))


def test_what_was_handed_over_is_not_again_but_what_got_in_late_is() -> None:
    backlog = Backlog(overlap=10)
    backlog.begin(Place(0), [listed(8), listed(6)])
    assert ids(backlog) == [["6.0", "8.0"]]
    backlog.begin(Place(8), [listed(8), listed(7), listed(6)])
    assert ids(backlog) == [["7.0"]]


def test_what_was_never_stored_is_handed_over_again() -> None:
    backlog = Backlog(overlap=10)
    backlog.begin(Place(0), [listed(8)])
    assert ids(backlog) == [["8.0"]]
    backlog.begin(Place(0), [listed(8)])
    assert ids(backlog) == [["8.0"]]


def test_what_cannot_be_read_is_known_by_where_it_stands() -> None:
    backlog = Backlog(overlap=10)
    odd = Listed(4, Rejection("bad_field", "no text", "{}", "forum: 17"))
    backlog.begin(Place(0), [odd])
    portion = backlog.take()
    assert portion is not None
    assert portion.rejections == (odd.post,)
    backlog.begin(Place(4), [odd])
    assert backlog.take() is None


@given(st.integers(0, 10**19), st.none() | st.integers(0, 10**19))
def test_a_place_reads_as_it_is_written(newest: int, reached: int | None) -> None:
    assert Place.parse(str(Place(newest, reached))) == Place(newest, reached)


def test_other_cursors_are_no_places() -> None:
    for text in ("", "mark:5", "-7", "²", "1 2 3", "9" * 30, "1  2"):
        assert Place.parse(text) is None


@given(st.lists(st.integers(0, 30)), st.integers(0, 5))
def test_nothing_is_lost_however_posts_get_in(times: list[int], overlap: int) -> None:
    """Each post gets into the listing at once, or up to `overlap` after it was written."""
    backlog = Backlog(overlap=overlap)
    place = Place(0)
    brought: list[str] = []
    posts = [listed(at, number) for number, at in enumerate(times)]
    for now in range(40):
        seen = [
            post
            for post in posts
            if post.position + (len(post.key) * post.position % (overlap + 1)) <= now
        ]
        listing = [post for post in seen if post.position >= place.since(overlap)]
        backlog.begin(place, sorted(listing, key=lambda post: -post.position))
        while (portion := backlog.take()) is not None:
            place = portion.place
            brought += [mention.id for mention in portion.mentions]
    assert sorted(brought) == sorted(
        post.post.id for post in posts if isinstance(post.post, Mention)
    )
