"""What must not matter to detection: arrival order, envelopes, restarts, speed, duplicates."""

import random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from detectors.brand_state import BrandState
from detectors.detector import Detector
from detectors.records import Alert, Bucket, Progress, Status, Tally, dumps, loads
from detectors.records.times import from_epoch
from detectors.settings import DetectionSettings, Level
from tests.unit.detectors.streams import BRAND, DAY, HOUR, MONDAY, Stream, bucket

# A failing example is readable as it is; making it smaller would take minutes.
QUICK = settings(
    max_examples=10, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate)
)
SETTINGS = DetectionSettings()
START = MONDAY + 3 * DAY
SPAN = HOUR
END = START + SPAN + HOUR // 2

LEARNED = dumps(Stream.with_a_past().detector.states[BRAND].to_json())

Fragment = tuple[int, Bucket]
moments = st.integers(0, SPAN // 10 - 1).map(lambda step: START + 10 * step)
rushes = st.builds(
    lambda at, negative, neutral, alarming: (
        at,
        bucket(negative, neutral, alarming=min(alarming, negative), at=at),
    ),
    moments,
    st.integers(0, 9),
    st.integers(0, 5),
    st.sampled_from([0, 0, 0, 2]),
)
streams = st.lists(rushes, min_size=1, max_size=40)


def fresh() -> Detector:
    detector = Detector([BRAND], SETTINGS)
    detector.restore(BrandState.from_json(loads(LEARNED), SETTINGS.windows))
    return detector


def run(detector: Detector, fed: list[Fragment], *ends: int, first: int = 1_000) -> list[Alert]:
    """Fold each fragment before time passes it, and advance to each of `ends` and beyond."""
    alerts: list[Alert] = []
    waiting = list(fed)
    offset = first
    for end in (*ends, END):
        for at, made in [fragment for fragment in waiting if fragment[0] < end]:
            assert detector.fold(Tally(BRAND, 0, offset, {at: made}))
            offset += 1
        waiting = [fragment for fragment in waiting if fragment[0] >= end]
        alerts += detector.advance(Progress(0, from_epoch(end)))
    return alerts


def state_of(detector: Detector) -> dict[str, object]:
    state = detector.states[BRAND].to_json()
    del state["positions"]
    return state


@given(streams, st.integers())
@QUICK
def test_order_of_arrival_does_not_matter(fragments: list[Fragment], seed: int) -> None:
    shuffled = list(fragments)
    random.Random(seed).shuffle(shuffled)
    one, other = fresh(), fresh()
    assert run(one, fragments) == run(other, shuffled)
    assert dumps(state_of(one)) == dumps(state_of(other))


@given(streams)
@QUICK
def test_how_mentions_are_split_over_tallies_does_not_matter(fragments: list[Fragment]) -> None:
    buckets: dict[int, Bucket] = {}
    for at, made in fragments:
        buckets.setdefault(at, Bucket()).merge(made)
    one, other = fresh(), fresh()
    assert run(one, fragments) == run(other, list(buckets.items()))
    assert dumps(state_of(one)) == dumps(state_of(other))


@given(streams, st.lists(moments, max_size=6).map(sorted))
@QUICK
def test_how_often_time_is_told_does_not_matter(
    fragments: list[Fragment], stops: list[int]
) -> None:
    one, other = fresh(), fresh()
    assert run(one, fragments) == run(other, fragments, *stops)
    assert dumps(state_of(one)) == dumps(state_of(other))


@given(streams, moments, st.booleans())
@QUICK
def test_restoring_is_as_good_as_never_having_stopped(
    fragments: list[Fragment], stop: int, only_changes: bool
) -> None:
    whole = run(fresh(), fragments)

    before, stored = fresh(), LEARNED
    early = [fragment for fragment in fragments if fragment[0] < stop]
    for place, (at, made) in enumerate(early):
        assert before.fold(Tally(BRAND, 0, 500 + place, {at: made}))
    alerts = before.advance(Progress(0, from_epoch(stop)))
    if before.take_changed() or not only_changes:
        stored = dumps(before.states[BRAND].to_json())
    after = Detector([BRAND], SETTINGS)
    after.restore(BrandState.from_json(loads(stored), SETTINGS.windows))
    assert alerts + run(after, [fragment for fragment in fragments if fragment[0] >= stop]) == whole


@given(streams)
@QUICK
def test_tally_that_comes_twice_counts_once(fragments: list[Fragment]) -> None:
    one, other = fresh(), fresh()
    whole = run(one, fragments)
    for again in range(2):
        for place, (at, made) in enumerate(fragments):
            assert other.fold(Tally(BRAND, 0, 1_000 + place, {at: made})) is (again == 0)
    assert other.advance(Progress(0, from_epoch(END))) == whole


@given(streams)
@QUICK
def test_partitions_may_be_apart_as_long_as_all_are_awaited(fragments: list[Fragment]) -> None:
    one, other = fresh(), Detector([BRAND], SETTINGS, sources=2)
    other.restore(BrandState.from_json(loads(LEARNED), SETTINGS.windows))
    whole = run(one, fragments)
    for place, (at, made) in enumerate(fragments[::2]):
        other.fold(Tally(BRAND, 1, place, {at: made}))
    assert other.advance(Progress(1, from_epoch(END + HOUR))) == []
    assert run(other, fragments[1::2]) == whole


@given(streams)
@QUICK
def test_same_stream_weeks_later_gives_the_same_alerts(fragments: list[Fragment]) -> None:
    weeks = 21 * DAY
    early, late = Stream(), Stream(start=MONDAY + weeks)
    for stream, shift in ((early, MONDAY - START), (late, MONDAY - START + weeks)):
        for at, made in fragments:
            stream.fold({at + shift: made})
        stream.advance(END + shift)

    def told(stream: Stream, shift: int) -> list[tuple[float, str, str, int]]:
        return [
            (alert.at.timestamp() - shift, alert.severity, alert.status, alert.reason.observed)
            for alert in stream.alerts
        ]

    assert told(early, 0) == told(late, weeks)


@given(streams)
@QUICK
def test_leaving_out_steps_in_which_nothing_is_said_changes_nothing(
    fragments: list[Fragment],
) -> None:
    every_step = [(at, Bucket()) for at in range(START, END, 10)]
    one, other = fresh(), fresh()
    assert run(one, fragments) == run(other, [*fragments, *every_step])


def stretched(factor: int) -> DetectionSettings:
    """Every duration so many times as long; no day is known, so only `learning` rings."""
    return DetectionSettings(
        windows=(900 * factor, 3600 * factor),
        learning=Level(5, 2.0, 0.01),
        calm_after=900 * factor,
        resolve_after=1800 * factor,
        update_every=3600 * factor,
    )


minutes = st.integers(0, 239)
said_in_minutes = st.lists(st.tuples(minutes, st.integers(0, 12)), min_size=5, max_size=60)


@given(said_in_minutes, st.sampled_from([2, 3]))
@QUICK
def test_stretching_time_stretches_the_alerts(said: list[tuple[int, int]], factor: int) -> None:
    """What is judged is counts against counts: how long a minute is does not come into it.

    Only the calendar (hours, days and weeks of the baseline) and chances that are set for an
    hour are in absolute time, and neither has a say while a brand is learning. A longer time has
    more evaluations, so a bell may come earlier by as much as a window's cell.
    """

    def opened(factor: int) -> list[float]:
        stream = Stream(stretched(factor))
        for minute, negative in said:
            at = MONDAY + factor * (HOUR + 60 * minute)
            stream.fold({at: bucket(negative, 1, at=at)})
        stream.advance(MONDAY + factor * 8 * HOUR)
        return [
            (alert.at.timestamp() - MONDAY) / factor
            for alert in stream.alerts
            if alert.status is Status.OPENED
        ]

    assert opened(factor) == pytest.approx(opened(1), abs=120)
