"""Logs: one fact a line, the same shape from everybody, and no floods."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from listener.logs import alert_facts, configure_logs, delivery_facts
from listener.repeats import RepeatFilter
from sinks.sink import Outcome
from tests.unit.sinks.fakes import alert


@pytest.fixture
def restored() -> Iterator[None]:
    """Puts logging back as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.mark.usefixtures("restored")
def test_ours_and_the_libraries_lines_have_one_shape(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LISTENER_LOG_FORMAT", "json")
    configure_logs()
    structlog.get_logger().info("fetch failed", connector="feed", wait=2.5)
    logging.getLogger("aiokafka").warning("no route to %s:%d", "host", 9092)
    logging.getLogger("aiokafka").info("chatter")
    ours, theirs = map(json.loads, capsys.readouterr().err.splitlines())
    assert (ours["event"], ours["connector"], ours["level"]) == ("fetch failed", "feed", "info")
    assert (theirs["event"], theirs["logger"]) == ("no route to host:9092", "aiokafka")
    assert theirs["level"] == "warning"
    assert theirs.keys() == {"event", "logger", "level", "timestamp"}


@pytest.mark.usefixtures("restored")
def test_an_exception_stays_on_its_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LISTENER_LOG_FORMAT", "json")
    configure_logs()
    try:
        raise OSError("the disk is full")
    except OSError:
        structlog.get_logger().exception("can't store")
        logging.getLogger("faust").exception("crashed")
    ours, theirs = map(json.loads, capsys.readouterr().err.splitlines())
    assert "the disk is full" in ours["exception"]
    assert "the disk is full" in theirs["exception"]


def test_an_alert_is_found_by_its_incident_and_its_mentions_and_tells_no_text() -> None:
    told = alert()
    facts = alert_facts(told)
    assert facts["incident_id"] == delivery_facts(told, "slack", Outcome.DEAD)["incident_id"]
    assert facts["mentions"] == [f"{post.source}:{post.id}" for post in told.posts]
    assert told.posts
    assert not any(post.text[:20] in str(facts) for post in told.posts)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def record(text: str, name: str = "aiokafka.conn", level: int = logging.ERROR) -> logging.LogRecord:
    return logging.LogRecord(name, level, "file", 1, text, (), None)


class TestRepeats:
    def test_a_flood_is_told_in_a_few_lines(self) -> None:
        clock = Clock()
        repeats = RepeatFilter(clock)
        said = []
        for second in range(100):
            clock.now = float(second)
            for attempt in range(20):
                line = record(f"can't connect to node {attempt}, at 0x7f{second:02x}")
                if repeats.filter(line):
                    said.append(getattr(line, "repeated", 0))
        assert said == [0, 0, 0, 597, 599, 599]

    def test_other_lines_pass_meanwhile(self) -> None:
        repeats = RepeatFilter(Clock())
        for _ in range(9):
            repeats.filter(record("can't connect"))
        assert repeats.filter(record("can't commit"))
        assert repeats.filter(record("can't connect", level=logging.WARNING))
        assert repeats.filter(record("can't connect", name="faust"))

    def test_our_own_are_never_held_back(self) -> None:
        repeats = RepeatFilter(Clock())
        assert all(repeats.filter(record("gave up", name="sinks.lane")) for _ in range(99))

    def test_what_came_once_and_comes_again_later_is_new(self) -> None:
        clock = Clock()
        repeats = RepeatFilter(clock)
        assert repeats.filter(record("can't connect"))
        clock.now = 3600.0
        passed = [repeats.filter(record("can't connect")) for _ in range(5)]
        assert passed == [True, True, True, False, False]

    def test_it_remembers_a_bounded_number_of_kinds(self) -> None:
        repeats = RepeatFilter(Clock())
        for number in range(3000):
            word = "".join(chr(ord("a") + int(digit)) for digit in str(number))
            assert repeats.filter(record(f"can't {word}"))
        assert len(repeats._kinds) <= 500
