"""A source in trouble is told once, and once more when it is over; a habit is no trouble."""

from collections.abc import Iterable

import pytest

from detectors.records import Alert, Severity, Status
from listener.connectors import RetryLater
from listener.connectors.http import SourceError
from listener.source_health import SourceHealth, SourceSettings
from sinks import wording

HOUR = 3600
DAY = 24 * HOUR
START = 20_000.0 * DAY
SETTINGS = SourceSettings(quiet_factor=3, quiet_floor=600, failing_after=300)


class Source:
    """A source under watch, looked at every minute as time goes by."""

    def __init__(self, settings: SourceSettings = SETTINGS, now: float = START) -> None:
        self.now = now
        self.settings = settings
        self.health = SourceHealth("forum", settings, now)
        self.alerts: list[Alert] = []

    def wait(self, seconds: float) -> None:
        until = self.now + seconds
        while self.now < until:
            self.now = min(self.now + 60, until)
            self.alerts += self.health.look(self.now)

    def brings(self, *, news: bool = True, live: bool = True) -> None:
        self.alerts += self.health.answered(self.now, has_news=news, is_live=live)

    def fails(self, error: Exception | None = None) -> None:
        self.health.failed(self.now, error or SourceError("forum.example answered 503"))

    def lives(self, days: int, *, every: float = 1800.0, nights: bool = True) -> None:
        """News all day, nothing from 23:00 to 07:00."""
        for _ in range(int(days * DAY / every)):
            self.wait(every)
            hour = self.now % DAY / HOUR
            self.brings(news=7 <= hour < 23 or not nights)

    def restarts(self) -> None:
        stored = self.health.to_json()
        self.health = SourceHealth("forum", self.settings, self.now)
        self.health.restore(stored)

    @property
    def told(self) -> list[str]:
        return told(self.alerts)


def told(alerts: Iterable[Alert]) -> list[str]:
    return [f"{alert.status.value} {alert.reason.signal}" for alert in alerts]


class TestASourceThatGoesQuiet:
    def test_is_told_once_and_once_more_when_it_is_heard_again(self) -> None:
        source = Source()
        source.lives(3, nights=False)
        assert source.told == []
        source.wait(10 * HOUR)
        assert source.told == ["opened quiet"]
        source.brings(news=False)
        assert source.told == ["opened quiet"], "an answer without news is still silence"
        source.brings()
        source.wait(HOUR)
        assert source.told == ["opened quiet", "resolved quiet"]

    def test_is_an_issue_about_a_source_under_one_id(self) -> None:
        source = Source()
        source.lives(3, nights=False)
        source.wait(10 * HOUR)
        source.brings()
        opened, resolved = source.alerts
        assert (opened.about, opened.brand, opened.severity) == ("source", "forum", Severity.ISSUE)
        assert (resolved.status, resolved.previous) == (Status.RESOLVED, Severity.ISSUE)
        assert opened.incident_id == resolved.incident_id
        assert opened.alert_id != resolved.alert_id
        assert Alert.from_json(opened.to_json()) == opened

    def test_may_sleep_at_night(self) -> None:
        source = Source()
        source.lives(10)
        assert source.told == []

    def test_is_told_sooner_the_busier_it_is_but_not_below_the_floor(self) -> None:
        busy = Source()
        for _ in range(2 * 24 * 60):
            busy.wait(60)
            busy.brings()
        quiet_from = busy.now
        busy.wait(HOUR)
        assert busy.told == ["opened quiet"]
        assert busy.alerts[0].at.timestamp() - quiet_from == SETTINGS.quiet_floor

    def test_one_long_outage_becomes_no_habit(self) -> None:
        source = Source()
        source.lives(8, nights=False)
        source.wait(3 * DAY)
        source.brings()
        source.lives(1, nights=False)
        source.alerts.clear()
        source.wait(2 * HOUR)
        assert source.told == ["opened quiet"]

    def test_that_is_silent_at_weekends_is_known_to_be_after_two_of_them(self) -> None:
        source = Source()
        for day in range(28):
            if day % 7 < 5:
                source.lives(1)
            else:
                source.wait(DAY)
            if day == 14:
                source.alerts.clear()
        assert source.told == []

    def test_is_not_judged_in_the_first_day(self) -> None:
        source = Source()
        for _ in range(30):
            source.wait(60)
            source.brings()
        source.wait(22 * HOUR)
        assert source.told == []

    def test_is_not_judged_where_it_is_a_recording(self) -> None:
        source = Source()
        source.lives(3, nights=False)
        source.brings(live=False)
        source.wait(3 * DAY)
        assert source.told == []

    def test_is_not_blamed_for_what_the_engine_held_up(self) -> None:
        source = Source()
        source.lives(3, nights=False)
        source.now += 3 * HOUR
        source.health.held_up(3 * HOUR)
        source.wait(60)
        assert source.told == []

    def test_is_not_blamed_for_the_time_in_which_nobody_listened(self) -> None:
        source = Source()
        source.lives(3, nights=False)
        source.now += 5 * DAY
        source.restarts()
        source.brings(news=False)
        source.wait(60)
        assert source.told == []
        source.wait(10 * HOUR)
        assert source.told == ["opened quiet"], "what is usual was not forgotten"

    def test_never_is_where_nobody_wants_to_know(self) -> None:
        source = Source(SourceSettings(quiet_factor=0))
        source.lives(3, nights=False)
        source.wait(5 * DAY)
        assert source.told == []


class TestASourceThatFails:
    def test_is_told_once_after_a_while_and_once_more_when_it_answers(self) -> None:
        source = Source()
        for _ in range(20):
            source.fails()
            source.wait(60)
        assert source.told == ["opened failing"]
        assert source.alerts[0].reason.detail == "forum.example answered 503"
        assert source.alerts[0].at.timestamp() - START == SETTINGS.failing_after
        source.brings(news=False)
        assert source.told == ["opened failing", "resolved failing"]

    def test_is_not_told_for_a_hiccup(self) -> None:
        source = Source()
        for _ in range(20):
            source.fails()
            source.wait(60)
            source.brings()
        assert source.told == []

    def test_that_asks_to_be_left_alone_for_long_is_told_too(self) -> None:
        source = Source()
        source.fails(RetryLater("forum.example answered 429", 3600))
        source.wait(3600)
        assert source.told == ["opened failing"]

    def test_keeps_the_text_of_an_error_of_unknown_kind_to_itself(self) -> None:
        source = Source()
        source.fails(KeyError("token=hunter2"))
        source.wait(600)
        assert source.alerts[0].reason.detail == "KeyError"

    def test_is_not_quiet_besides(self) -> None:
        source = Source()
        source.lives(3, nights=False)
        for _ in range(20):
            source.fails()
            source.wait(HOUR)
        source.brings(news=False)
        source.wait(60)
        assert source.told == ["opened failing", "resolved failing"]

    def test_is_still_in_the_same_trouble_after_a_restart(self) -> None:
        source = Source()
        source.fails()
        source.wait(600)
        source.restarts()
        source.fails()
        source.wait(HOUR)
        assert source.told == ["opened failing"]
        source.brings()
        assert source.told == ["opened failing", "resolved failing"]
        assert len({alert.incident_id for alert in source.alerts}) == 1

    def test_never_is_where_nobody_wants_to_know(self) -> None:
        source = Source(SourceSettings(failing_after=0))
        source.fails()
        source.wait(5 * DAY)
        assert source.told == []


@pytest.mark.parametrize(
    "stored", ["", "7", "{}", '{"began": 1, "longest": [[1, "x"]], "trouble": 7}']
)
def test_what_was_stored_by_somebody_else_is_learned_anew(stored: str) -> None:
    health = SourceHealth("forum", SETTINGS, START)
    health.restore(stored)
    assert health.trouble is None
    assert health.look(START + 60) == []


@pytest.mark.parametrize(
    "wrong",
    [{"quiet_factor": 0.5}, {"quiet_factor": -1}, {"quiet_floor": 0}, {"failing_after": -1}],
)
def test_settings_out_of_bounds_are_refused_by_name(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=f"^{next(iter(wrong))}: expected"):
        SourceSettings(**wrong)


def test_what_is_stored_stays_small_and_does_not_change_with_every_fetch() -> None:
    source = Source()
    source.lives(30)
    source.wait(9 * HOUR)
    source.brings()
    stored = source.health.to_json()
    assert len(stored) < 1000
    source.wait(60)
    source.brings()
    assert source.health.to_json() == stored


class TestInWords:
    def alerts(self, *, quiet: bool) -> list[Alert]:
        source = Source()
        source.lives(3, nights=False)
        if not quiet:
            source.fails()
        source.wait(10 * HOUR)
        source.brings()
        return source.alerts

    def test_a_quiet_source_says_what_is_usual(self) -> None:
        opened, resolved = self.alerts(quiet=True)
        assert wording.title(opened) == "Issue: source forum"
        assert wording.sentence(opened) == (
            "Nothing new for 1 h 30 min, where its longest pause is usually 30 min"
        )
        assert "until it is back" in (wording.clock(opened, str) or "")
        assert wording.title(resolved) == "Resolved: source forum"
        assert wording.sentence(resolved) == "It is heard again"
        assert wording.clock(resolved, str) is None

    def test_a_failing_source_says_why(self) -> None:
        opened, _ = self.alerts(quiet=False)
        assert wording.sentence(opened) == (
            "Every fetch has failed for 5 min: forum.example answered 503"
        )
