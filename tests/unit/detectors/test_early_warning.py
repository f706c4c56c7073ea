"""The early warning: what is said of a brand from a sample, while counting is far behind."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from detectors.brand_state import BrandState
from detectors.detector import Detector
from detectors.quiet import QuietHours
from detectors.records import Alert, Deleted, Deletion, Glance, Severity, Status, dumps, loads
from detectors.records.times import from_epoch
from detectors.settings import DetectionSettings
from tests.unit.detectors.made_glances import PLACES, glance, sampled
from tests.unit.detectors.streams import BRAND, DAY, HOUR, MONDAY, Stream, told

BEHIND = 20 * 60
FLOOD = [(8, 2)] * PLACES


@pytest.fixture
def stream() -> Stream:
    """Three usual days, counted; twenty minutes more are waiting."""
    return Stream.with_a_past()


def soon(stream: Stream) -> int:
    return stream.now + BEHIND


def look(stream: Stream, *glances: Glance) -> list[Alert]:
    """What the glances lead to, each taken up as it was taken."""
    found: list[Alert] = []
    for one in glances:
        found += stream.detector.glance(one, one.taken_at)
    return found


class TestWhenItIsTold:
    def test_a_flood_at_the_end_of_the_log_is_told_at_once(self, stream: Stream) -> None:
        (warning,) = look(stream, glance(FLOOD, at=soon(stream), scale=40))
        assert (warning.status, warning.severity) == (Status.OPENED, Severity.ISSUE)
        assert warning.at == from_epoch(soon(stream))
        reason = warning.reason
        assert reason.estimate is not None
        assert (reason.estimate.sampled, reason.estimate.behind_seconds) == (100, 600)
        assert reason.estimate.confirmed is None
        assert (reason.mentions, reason.negative) == (4000, 3200)
        assert 12 < reason.observed < 3200, "what it says is the least that the sample allows"
        assert 12 <= reason.authors <= reason.observed
        assert reason.ratio > 100
        assert reason.window_seconds == 300
        assert warning.posts

    def test_what_is_usual_at_that_hour_is_no_news(self, stream: Stream) -> None:
        assert look(stream, glance([(0, 1)] * PLACES, at=soon(stream), scale=1)) == []

    def test_praise_is_no_reason_to_warn(self, stream: Stream) -> None:
        assert look(stream, glance([(0, 10)] * PLACES, at=soon(stream), scale=40)) == []

    def test_its_usual_share_of_grumbling_is_none_either(self, stream: Stream) -> None:
        assert look(stream, glance([(2, 6)] * PLACES, at=soon(stream), scale=40)) == []

    def test_one_angry_account_is_not_a_crowd(self, stream: Stream) -> None:
        one = ["carol"] * 80
        assert look(stream, glance(FLOOD, at=soon(stream), scale=40, people=one)) == []

    def test_fewer_people_than_an_issue_takes_are_too_few(self, stream: Stream) -> None:
        few = [f"person {number % 11}" for number in range(80)]
        assert look(stream, glance(FLOOD, at=soon(stream), scale=40, people=few)) == []

    def test_what_lies_at_one_place_may_be_all_there_is(self, stream: Stream) -> None:
        heap = [(10, 0), *[(0, 0)] * (PLACES - 1)]
        assert look(stream, glance(heap, at=soon(stream), scale=40)) == []

    def test_a_tiny_sample_says_too_little(self, stream: Stream) -> None:
        tiny = [(1, 0)] * 4 + [(0, 0)] * 6
        assert look(stream, glance(tiny, at=soon(stream), scale=500)) == []
        assert look(stream, glance([(20, 0)] * 2, at=soon(stream), scale=500)) == []

    def test_glances_at_several_partitions_add_up(self, stream: Stream) -> None:
        part = [(1, 0), (0, 0)] * 5
        at = soon(stream)
        assert look(stream, glance(part, at=at, scale=3)) == []
        more = [glance(part, at=at + n, scale=3, partition=n) for n in range(1, 6)]
        assert told(look(stream, *more)) == ["opened issue"]

    def test_glances_of_different_moments_do_not(self, stream: Stream) -> None:
        part = [(1, 0), (0, 0)] * 5
        at = soon(stream)
        apart = [glance(part, at=at + 60 * n, scale=3, partition=n) for n in range(6)]
        assert look(stream, *apart) == []

    def test_terms_that_alarm_are_told_from_a_smaller_floor(self, stream: Stream) -> None:
        some = [(1, 9)] * PLACES
        assert look(stream, glance(some, at=soon(stream))) == []
        (warning,) = look(stream, glance(some, at=soon(stream), alarming=1))
        assert (warning.reason.signal, warning.severity) == ("alarming", Severity.ISSUE)

    def test_in_quiet_hours_it_takes_what_is_serious(self) -> None:
        settings = DetectionSettings(quiet=QuietHours("00:00-08:00", "UTC"))
        stream = Stream.with_a_past(settings)
        some = [(2, 0), *[(1, 0)] * 10]
        assert told(look(Stream.with_a_past(), glance(some, at=soon(stream)))) == ["opened issue"]
        assert look(stream, glance(some, at=soon(stream))) == []
        assert told(look(stream, glance(FLOOD, at=soon(stream), scale=40))) == ["opened issue"]

    def test_what_is_compared_is_what_is_usual_at_that_hour(self) -> None:
        """Counting stands at night, and what waits was said at noon, when much is usual."""
        stream = Stream()
        for hour in range(2 * 24 + 9):
            busy = hour % 24 == 12
            stream.say(HOUR, every=300, negative=120 if busy else 0, neutral=30)
        noon = stream.now // DAY * DAY + 12 * HOUR + HOUR // 2
        usual = [(12, 3)] * PLACES
        assert look(stream, glance(usual, at=noon - 3 * HOUR)) != []
        stream.detector.states[BRAND].warning = None
        assert look(stream, glance(usual, at=noon)) == []

    def test_a_calm_stream_is_never_warned_of(self) -> None:
        """Whatever part of it is looked at: a hundred in five minutes, a quarter negative."""
        stream = Stream()
        stream.say(2 * DAY, every=60, negative=5, neutral=15)
        for seed in range(300):
            dice = random.Random(seed)
            partitions = dice.choice((1, 2, 4))
            some = []
            for number in range(partitions):
                said = max(round(dice.gauss(100, 10)) // partitions, 10)
                negative = sum(dice.random() < 0.25 for _ in range(said))
                takes = max(said // dice.choice((1, 2, 5, 10)), 1)
                some.append(
                    sampled(
                        dice,
                        soon(stream),
                        mentions=said,
                        negative=negative,
                        takes=takes,
                        partition=number,
                    )
                )
            assert look(stream, *some) == []

    def test_a_flood_is_told_whatever_part_of_it_is_looked_at(self) -> None:
        for seed in range(20):
            dice = random.Random(seed)
            stream = Stream.with_a_past()
            mentions = dice.randrange(2_000, 10_000)
            some = sampled(dice, soon(stream), mentions=mentions, negative=mentions // 2, takes=100)
            assert told(look(stream, some)) == ["opened issue"]


class TestOnceAndNoMore:
    def test_a_second_glance_tells_nothing_new(self, stream: Stream) -> None:
        first = glance(FLOOD, at=soon(stream), scale=40)
        assert len(look(stream, first)) == 1
        assert look(stream, first, glance(FLOOD, at=soon(stream) + 10, scale=40)) == []

    def test_an_old_one_that_is_read_again_is_no_news(self, stream: Stream) -> None:
        old = glance(FLOOD, at=soon(stream), scale=40)
        late = old.taken_at + timedelta(minutes=3)
        assert stream.detector.glance(old, late) == []
        assert stream.detector.glance(old, old.taken_at - timedelta(minutes=3)) == []

    def test_what_is_counted_already_needs_no_estimate(self, stream: Stream) -> None:
        assert look(stream, glance(FLOOD, at=stream.now, scale=40)) == []

    def test_history_that_is_worked_through_says_nothing_of_today(self, stream: Stream) -> None:
        assert look(stream, glance(FLOOD, at=stream.now + 8 * DAY, scale=40)) == []

    def test_a_brand_that_is_still_learning_gets_none(self) -> None:
        stream = Stream()
        stream.say(HOUR, every=60, neutral=1)
        assert look(stream, glance(FLOOD, at=soon(stream), scale=40)) == []

    def test_a_brand_that_nobody_listens_for_gets_none(self, stream: Stream) -> None:
        other = replace(glance(FLOOD, at=soon(stream), scale=40), brand="Other")
        assert look(stream, other) == []

    def test_an_incident_under_way_needs_no_warning_and_a_watch_does(self, stream: Stream) -> None:
        stream.say(120, every=10, positive=10)
        assert told(stream.alerts) == ["opened watch"]
        assert len(look(stream, glance(FLOOD, at=soon(stream), scale=40))) == 1
        rings = Stream.with_a_past()
        rings.say(300, every=10, negative=2)
        assert look(rings, glance(FLOOD, at=soon(rings), scale=40)) == []

    def test_the_next_one_waits_as_long_as_an_incident_takes_to_be_over(
        self, stream: Stream
    ) -> None:
        at = soon(stream)
        look(stream, glance(FLOOD, at=at, scale=40))
        stream.say(BEHIND + 10, every=300, neutral=1)
        assert look(stream, glance(FLOOD, at=at + 900, scale=40)) == []
        assert len(look(stream, glance(FLOOD, at=at + 1800, scale=40))) == 1


class TestWhatBecomesOfIt:
    def test_counting_that_rings_by_then_confirms_it(self, stream: Stream) -> None:
        (warning,) = look(stream, glance(FLOOD, at=soon(stream), scale=40))
        counted = stream.say(BEHIND, every=10, negative=4)
        *own, over = counted
        assert Severity.ISSUE in {alert.severity for alert in own}
        assert over.incident_id == warning.incident_id
        assert over.status is Status.RESOLVED
        assert over.reason.estimate is not None
        assert over.reason.estimate.confirmed is True
        assert {alert.incident_id for alert in own} != {warning.incident_id}
        assert len({alert.alert_id for alert in (warning, *counted)}) == len(counted) + 1

    def test_counting_that_does_not_ring_does_not_confirm_it(self, stream: Stream) -> None:
        look(stream, glance(FLOOD, at=soon(stream), scale=40))
        assert stream.say(BEHIND - 10, every=300, neutral=1) == []
        (over,) = stream.say(20, every=10, neutral=1)
        assert over.reason.estimate is not None
        assert over.reason.estimate.confirmed is False
        assert stream.say(HOUR, every=300, neutral=1) == []

    @pytest.mark.parametrize("stride", [10, 70, 2 * HOUR])
    def test_it_is_over_at_the_same_moment_however_time_is_told(
        self, stream: Stream, stride: int
    ) -> None:
        look(stream, glance(FLOOD, at=soon(stream), scale=40))
        end = stream.now + 2 * HOUR
        while stream.now < end:
            stream.advance(min(stream.now + stride, end))
        (over,) = stream.alerts
        assert over.at == over.opened_at == from_epoch(MONDAY + 3 * DAY + BEHIND)

    def test_what_is_counted_rings_as_if_there_had_been_no_warning(self, stream: Stream) -> None:
        without = Stream.with_a_past()
        look(stream, glance(FLOOD, at=soon(stream), scale=40))
        for each in (stream, without):
            each.say(BEHIND, every=10, negative=4)
            each.say(HOUR, every=60, neutral=1)
        own = [alert for alert in stream.alerts if alert.reason.estimate is None]
        for one, other in zip(own, without.alerts, strict=True):
            assert (one.alert_id, one.at, one.severity) == (
                other.alert_id,
                other.at,
                other.severity,
            )

    def test_it_outlives_a_restart(self, stream: Stream) -> None:
        (warning,) = look(stream, glance(FLOOD, at=soon(stream), scale=40))
        (changed,) = stream.detector.take_changed()
        stored = loads(dumps(changed.to_json()))
        again = Detector([BRAND], stream.detector.settings)
        again.restore(BrandState.from_json(stored, stream.detector.settings.windows))
        stream.detector = again
        assert look(stream, glance(FLOOD, at=soon(stream) + 10, scale=40)) == []
        (over,) = stream.say(BEHIND + 10, every=300, neutral=1)
        assert over.incident_id == warning.incident_id

    def test_a_state_without_a_warning_is_stored_as_before(self, stream: Stream) -> None:
        assert "warning" not in stream.detector.states[BRAND].to_json()

    def test_what_was_deleted_is_not_shown(self, stream: Stream) -> None:
        """A glance at one partition waits for those at others, and a deletion comes between."""
        part = [(1, 0), (0, 0)] * 5
        at = soon(stream)
        first, *others = [glance(part, at=at + n, scale=3, partition=n) for n in range(6)]
        assert look(stream, first) == []
        shown = first.bucket.worst[0].id
        stream.detector.erase(Deleted([Deletion("chirp", id=shown)]))
        (warning,) = look(stream, *others)
        assert shown not in {post.id for post in warning.posts}
