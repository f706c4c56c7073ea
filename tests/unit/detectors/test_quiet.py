"""Quiet hours hold back what can wait, and tell it when they end."""

import pytest

from detectors.quiet import QuietHours
from detectors.settings import DetectionSettings
from tests.unit.detectors.streams import DAY, HOUR, MINUTE, MONDAY, Stream, told


def test_quiet_hours_let_only_what_is_serious_through() -> None:
    night = DetectionSettings(quiet=QuietHours("23:00-04:00"))
    stream = Stream.with_a_past(night)
    stream.say(12 * MINUTE, every=60, negative=1)
    assert stream.alerts == []
    stream.say(10 * MINUTE, every=10, negative=3)
    assert told(stream.alerts)[0] == "opened serious"


def test_what_still_goes_on_when_quiet_hours_end_is_told_then() -> None:
    stream = Stream.with_a_past(DetectionSettings(quiet=QuietHours("00:00-01:00")))
    stream.say(2 * HOUR, every=240, negative=1)
    assert 0 <= stream.alerts[0].at.timestamp() - (MONDAY + 3 * DAY + HOUR) <= MINUTE


@pytest.mark.parametrize(
    ("hours", "timezone"), [("22:00", "UTC"), ("10pm-7am", "UTC"), ("22:00-07:00", "Mars/Base")]
)
def test_quiet_hours_that_make_no_sense_are_refused(hours: str, timezone: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        QuietHours(hours, timezone)


def test_quiet_hours_follow_the_clock_there() -> None:
    quiet = QuietHours("22:00-07:00", "Europe/Amsterdam")
    summer, winter = MONDAY + 20 * HOUR, MONDAY + 60 * DAY + 20 * HOUR
    assert quiet.hold(summer)
    assert not quiet.hold(winter)
