"""What the detector keeps of a brand: in any order, across versions, and never much."""

from detectors.baseline import HISTORY
from detectors.brand_state import BrandState
from detectors.detector import Detector
from detectors.records import Bucket, Progress, Tally, dumps, loads
from detectors.records.times import from_epoch
from detectors.settings import DetectionSettings
from tests.unit.detectors.streams import BRAND, DAY, HOUR, MINUTE, MONDAY, Stream, bucket


def test_state_of_the_version_before_is_taken_up() -> None:
    state = Stream.with_a_past().detector.states[BRAND].to_json()
    baseline = {
        "hours": [12] * 80,
        "errors": [60.0, 62.0, 40.0, 900.0],
        "predictions": [[12, 12, 5]] * 4,
    }
    names = ("volume", "negative", "authors", "alarming")
    hour = state["hour"]
    assert isinstance(hour, int)
    state |= {
        "state_version": 1,
        "baselines": dict.fromkeys(names, baseline),
        "rates": {str(hour): {name: [12.0, 5.0] for name in names}},
        "unlearned": {str(hour - 3): [25, 13, 12, 0, 0, 0, 0, 0]},
    }
    del state["parts"]
    stream = Stream(start=MONDAY + 3 * DAY)
    stream.detector.restore(BrandState.from_json(loads(dumps(state)), (300, 900, 3600, 10_800)))
    stream.usual_days(1)
    habits = stream.detector.states[BRAND].habits
    assert habits.baselines["negative"].hours[80] == 13
    assert habits.baselines["reach"].known_hours == habits.known_hours - 80
    assert stream.alerts == []


def test_words_of_a_brand_unknown_here_are_not_counted(stream: Stream) -> None:
    assert not stream.detector.fold(Tally("Ajax", 0, 9_999, {MONDAY: bucket(5)}))


def test_only_what_changed_has_to_be_stored(stream: Stream) -> None:
    stream.detector.take_changed()
    stream.advance(stream.now + HOUR)
    assert stream.detector.take_changed() == []
    stream.fold({stream.now: bucket(neutral=1)})
    assert [state.brand for state in stream.detector.take_changed()] == [BRAND]


def test_what_only_saw_time_go_by_is_stored_four_times_a_day() -> None:
    stream, stored = Stream(), 0
    stream.detector.take_changed()
    for _ in range(24):
        stream.advance(stream.now + HOUR)
        stored += len(stream.detector.take_changed())
    assert stored == 4
    stream.advance(stream.now + DAY)
    assert len(stream.detector.take_changed()) == 1


def test_state_stays_small_however_much_is_said(stream: Stream) -> None:
    stream.say(3 * HOUR, every=10, negative=30, neutral=70)
    assert len(dumps(stream.detector.states[BRAND].to_json())) < 64_000


def test_mention_that_comes_much_too_late_is_left_out(stream: Stream) -> None:
    state = stream.detector.states[BRAND]
    stream.fold({stream.now - 2 * DAY: bucket(negative=50)})
    assert stream.advance(stream.now + MINUTE) == []
    assert state.late == 50


def test_first_mentions_may_come_in_any_order() -> None:
    states = []
    for order in (1, -1):
        detector = Detector([BRAND], DetectionSettings())
        for place, at in enumerate((MONDAY, MONDAY + 600, MONDAY + 1200)[::order]):
            detector.fold(Tally(BRAND, 0, place, {at: bucket(neutral=1)}))
        detector.advance(Progress(0, from_epoch(MONDAY + 1800)))
        states.append(dumps(detector.states[BRAND].to_json()))
    assert states[0] == states[1]


def test_window_length_that_is_new_starts_empty(stream: Stream) -> None:
    stream.say(HOUR, every=60, neutral=1)
    state = stream.detector.states[BRAND].to_json()
    changed = BrandState.from_json(loads(dumps(state)), (300, 1800))
    assert [window.totals.mentions for window in changed.windows] == [5, 0]


def test_silence_longer_than_the_history_makes_a_brand_as_good_as_new(stream: Stream) -> None:
    stream.advance(stream.now + 60 * DAY)
    stream.fold({stream.now: bucket(neutral=1)})
    stream.advance(stream.now + HOUR)
    assert len(stream.detector.states[BRAND].habits.baselines["volume"].hours) <= HISTORY


def test_posts_of_an_empty_stream_are_none() -> None:
    assert Detector([BRAND], DetectionSettings()).views(BRAND) == []
    assert Bucket().worst == []
