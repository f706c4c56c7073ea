"""What was deleted is shown no more, whenever that was told, and counts as before."""

import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from detectors.detector import Detector
from detectors.records import Alert, Deleted, Deletion, Progress, Sample, Tally, dumps
from detectors.records.times import from_epoch
from detectors.settings import DetectionSettings
from tests.unit.detectors.streams import BRAND, HOUR, MONDAY, Stream, bucket
from tests.unit.detectors.test_detector_properties import QUICK

RUSH = MONDAY + 6 * HOUR


def fragment(at: int, post: str) -> Tally:
    """Thirty negative mentions in one step, of which one is a post that may be shown."""
    made = bucket(negative=30, at=at)
    sample = Sample(post, "chirp", "microblog", f"says {post}", from_epoch(at), author=post)
    made.worst, made.widest = [], []
    made.add_samples([sample], [sample])
    return Tally(BRAND, 0, 0, {at: made})


def listen(
    tallies: list[Tally], deleted: Deleted, *, told_after: set[int]
) -> tuple[list[Alert], bytes]:
    """The alerts and the state, with the deletions told after those tallies and at the end."""
    detector = Detector([BRAND], DetectionSettings())
    detector.advance(Progress(0, from_epoch(MONDAY)))
    for offset, tally in enumerate(tallies):
        detector.fold(replace(tally, offset=offset))
        if offset in told_after:
            detector.erase(deleted)
    detector.erase(deleted)
    alerts = detector.advance(Progress(0, from_epoch(RUSH + HOUR)))
    return alerts, dumps(detector.states[BRAND].to_json())


SAID = st.lists(
    st.tuples(
        st.integers(0, 30).map(lambda step: RUSH + 10 * step),
        st.integers(0, 200).map(lambda number: f"post {number}"),
    ),
    min_size=3,
    max_size=20,
    unique_by=lambda said: said[1],
)


@given(SAID, st.data(), st.integers())
@QUICK
def test_when_it_is_told_and_in_which_order_posts_come_does_not_matter(
    said: list[tuple[int, str]], data: st.DataObject, seed: int
) -> None:
    posts = [post for _, post in said]
    gone = data.draw(st.sets(st.sampled_from(posts), min_size=1))
    deleted = Deleted(
        Deletion("chirp", id=post) if number % 2 else Deletion("chirp", author=post)
        for number, post in enumerate(sorted(gone))
    )
    tallies = [fragment(at, post) for at, post in said]
    shuffled = list(tallies)
    random.Random(seed).shuffle(shuffled)
    told_after = data.draw(st.sets(st.integers(0, len(said) - 1)))

    alerts, state = listen(tallies, deleted, told_after=set())
    assert listen(shuffled, deleted, told_after=told_after) == (alerts, state)
    shown = {post.id for alert in alerts for post in alert.posts}
    assert not shown & gone
    assert not any(f'"says {post}"'.encode() in state for post in gone)

    usual, _ = listen(tallies, Deleted([]), told_after=set())
    assert [
        replace(alert, posts=(), reason=replace(alert.reason, words=[])) for alert in usual
    ] == [replace(alert, posts=(), reason=replace(alert.reason, words=[])) for alert in alerts]


def test_a_brand_of_which_a_post_was_deleted_is_stored_anew() -> None:
    stream = Stream()
    stream.fold({MONDAY: bucket(negative=1, at=MONDAY)})
    stream.detector.take_changed()
    stream.detector.erase(Deleted([Deletion("chirp", id="another")]))
    assert stream.detector.take_changed() == []
    stream.detector.erase(Deleted([Deletion("chirp", id=f"microblog/chirp:{MONDAY}")]))
    assert [state.brand for state in stream.detector.take_changed()] == [BRAND]
