"""The detector as its engines see it: what rings, and how loud."""

from dataclasses import replace

import pytest

from detectors.records import Severity
from detectors.records.times import from_epoch
from detectors.settings import DetectionSettings, PlannedEvent
from tests.unit.detectors.streams import BRAND, DAY, HOUR, MINUTE, MONDAY, Stream, bucket, told


def test_rush_of_complaints_opens_an_issue_within_minutes(stream: Stream) -> None:
    began = stream.now
    stream.say(10 * MINUTE, every=30, negative=1)
    first = next(alert for alert in stream.alerts if alert.severity.at_least(Severity.ISSUE))
    assert first.at.timestamp() - began <= 6 * MINUTE
    assert first.reason.observed <= 12


def test_it_climbs_and_comes_down_and_is_resolved(stream: Stream) -> None:
    stream.say(20 * MINUTE, every=10, negative=1)
    assert max(alert.severity.rank for alert in stream.alerts) >= Severity.SERIOUS.rank
    stream.say(5 * HOUR, every=300, neutral=1)
    assert told(stream.alerts)[-1] == "resolved watch"
    assert stream.detector.states[BRAND].incident is None
    assert len({alert.incident_id for alert in stream.alerts}) == 1
    assert len({alert.alert_id for alert in stream.alerts}) == len(stream.alerts)


def test_slow_burn_is_heard_though_no_five_minutes_stand_out(stream: Stream) -> None:
    stream.say(3 * HOUR, every=240, negative=1)
    rung = [alert for alert in stream.alerts if alert.severity.at_least(Severity.ISSUE)]
    assert rung[0].reason.window_seconds >= HOUR


def test_surge_of_praise_stays_at_watch(stream: Stream) -> None:
    stream.say(HOUR, every=10, positive=2)
    assert set(told(stream.alerts)) == {"opened watch"}
    assert stream.alerts[0].reason.signal == "volume"


def test_praise_with_its_usual_share_of_grumbling_stays_at_watch(stream: Stream) -> None:
    for _ in range(6):
        stream.say(10 * MINUTE, every=10, positive=2)
        stream.fold({stream.now - 30: bucket(negative=8)})
    assert {alert.severity for alert in stream.alerts} == {Severity.WATCH}


def test_one_angry_account_is_not_a_crowd(stream: Stream) -> None:
    for _ in range(20):
        at = stream.now
        stream.fold({at: bucket(negative=10, alarming=1, author="grumpy", at=at)})
        stream.advance(at + MINUTE)
    assert {alert.severity for alert in stream.alerts} == {Severity.WATCH}
    assert stream.alerts[-1].reason.authors <= 8


def test_few_mentions_of_a_small_brand_are_no_crisis() -> None:
    stream = Stream()
    stream.usual_days(3, hourly=1)
    stream.say(5 * MINUTE, every=100, negative=1)
    stream.advance(stream.now + HOUR)
    assert stream.alerts == []


def test_data_breach_is_a_crisis_from_a_small_floor(stream: Stream) -> None:
    stream.fold({stream.now + 10 * n: bucket(negative=1, alarming=1) for n in range(5)})
    stream.advance(stream.now + 2 * MINUTE)
    assert told(stream.alerts) == ["opened crisis"]
    assert stream.alerts[0].reason.signal == "alarming"


def test_second_kind_of_source_makes_a_serious_incident_a_crisis(stream: Stream) -> None:
    for n in range(20):
        at = stream.now + 10 * n
        stream.fold({at: bucket(negative=2, at=at)})
        stream.fold({at: bucket(negative=1, source="news/gazette", at=at)})
    stream.advance(stream.now + 5 * MINUTE)
    assert stream.alerts[-1].severity is Severity.CRISIS


def test_very_wide_reach_makes_a_serious_incident_a_crisis(stream: Stream) -> None:
    for n in range(20):
        at = stream.now + 10 * n
        stream.fold({at: bucket(negative=2, reach=9_000, at=at)})
    stream.advance(stream.now + 5 * MINUTE)
    assert stream.alerts[-1].severity is Severity.CRISIS


def test_one_post_that_very_many_follow_is_worth_a_watch_and_no_more(stream: Stream) -> None:
    stream.fold({stream.now: bucket(negative=1, reach=900_000)})
    stream.advance(stream.now + 5 * MINUTE)
    assert told(stream.alerts) == ["opened watch"]
    reason = stream.alerts[0].reason
    assert (reason.signal, reason.observed) == ("reach", 900_000)


def test_wide_reach_is_no_news_of_a_brand_that_always_has_it() -> None:
    stream = Stream()
    for _ in range(3 * 24):
        stream.fold({stream.now + 600: bucket(negative=3, neutral=9, reach=100_000)})
        stream.advance(stream.now + HOUR)
    for n in range(20):
        at = stream.now + 10 * n
        stream.fold({at: bucket(negative=2, reach=9_000, at=at)})
    stream.advance(stream.now + 5 * MINUTE)
    assert "reach" not in {alert.reason.signal for alert in stream.alerts}
    assert stream.alerts[-1].severity is Severity.SERIOUS


def test_still_learning_rings_only_for_what_is_extreme() -> None:
    stream = Stream()
    stream.usual_days(1, hourly=6)
    before = len(stream.alerts)
    young = Stream()
    young.say(6 * HOUR, every=900, neutral=1)
    young.say(30 * MINUTE, every=120, negative=1)
    assert (before, young.alerts) == (0, [])
    young.say(30 * MINUTE, every=10, negative=1)
    assert young.alerts[0].reason.learning
    assert young.alerts[0].severity is Severity.ISSUE


def test_every_alert_says_why(stream: Stream) -> None:
    stream.say(10 * MINUTE, every=10, negative=1)
    alert = next(alert for alert in stream.alerts if alert.severity is Severity.SERIOUS)
    reason = alert.reason
    assert reason.signal == "negative"
    assert reason.observed >= 15
    assert reason.ratio >= 3
    assert reason.observed / reason.ratio == pytest.approx(max(reason.expected, 0.1), rel=0.01)
    assert reason.chance < 1e-6
    assert reason.sources.keys() == {"microblog/chirp"}
    assert {"parcel", "lost"} <= set(reason.words)
    assert alert.posts


def test_settings_move_the_bell(stream: Stream) -> None:
    deaf = DetectionSettings(
        issue=replace(DetectionSettings().issue, ratio=100),
        broad=replace(DetectionSettings().broad, ratio=100),
        serious=replace(DetectionSettings().serious, ratio=100),
    )
    other = Stream.with_a_past(deaf)
    for one in (stream, other):
        one.say(20 * MINUTE, every=30, negative=1)
    assert max(alert.severity.rank for alert in stream.alerts) > 1
    assert max(alert.severity.rank for alert in other.alerts) == 1


def test_feed_that_goes_dead_is_told_and_never_called_calm() -> None:
    stream = Stream()
    stream.usual_days(4, hourly=60)
    stream.say(20 * MINUTE, every=10, negative=2)
    assert stream.alerts
    stream.advance(stream.now + 8 * HOUR)
    assert stream.alerts[-1].reason.signal == "silence"
    assert stream.alerts[-1].reason.observed == 0
    assert stream.detector.states[BRAND].incident is not None
    stream.usual_days(1, hourly=60)
    assert told(stream.alerts)[-1] == "resolved watch"


def test_small_brand_may_be_silent() -> None:
    stream = Stream()
    stream.usual_days(3, hourly=3)
    assert stream.advance(stream.now + DAY) == []


def test_silence_is_heard_however_seldom_time_is_told() -> None:
    streams = [Stream(), Stream()]
    for stream, every in zip(streams, (9 * HOUR, 10 * MINUTE), strict=True):
        stream.usual_days(3, hourly=60)
        end = stream.now + 9 * HOUR
        while stream.now < end:
            stream.advance(stream.now + every)
    assert told(streams[0].alerts) == ["opened watch"]
    assert streams[0].alerts == streams[1].alerts


def test_planned_event_is_expected() -> None:
    begin = MONDAY + 3 * DAY
    event = PlannedEvent(BRAND, from_epoch(begin), from_epoch(begin + DAY), factor=20)
    stream = Stream.with_a_past(DetectionSettings(planned=(event,)))
    stream.say(20 * MINUTE, every=60, negative=1)
    assert stream.alerts == []


def test_mostly_negative_brand_may_ring_at_its_usual_share() -> None:
    stream = Stream()
    for _ in range(3 * 24):
        stream.say(HOUR, every=600, negative=1)
    assert stream.alerts == []
    stream.say(HOUR, every=60, negative=1)
    assert max(alert.severity.rank for alert in stream.alerts) >= Severity.ISSUE.rank
