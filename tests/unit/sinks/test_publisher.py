"""The publisher: who gets what, in which order, and what becomes of what fails."""

import asyncio

import pytest

from detectors.records import Alert, Severity, Status
from sinks import Outcome, Publisher, RetryPolicy, Route
from tests.unit.sinks.fake_engine import Engine, broken, busy
from tests.unit.sinks.fake_time import FakeSink, failing, hanging, settle
from tests.unit.sinks.fakes import alert


async def test_every_sink_gets_the_alert_and_the_engine_hears_of_each() -> None:
    engine, one, two = Engine(), FakeSink("one"), FakeSink("two")
    await engine.publisher(one, two).submit(alert())
    await settle()
    assert one.delivered == two.delivered == ["a1b2c3-2"]
    assert sorted(engine.told) == [
        ("a1b2c3-2", "one", "delivered"),
        ("a1b2c3-2", "two", "delivered"),
    ]


async def test_a_sink_that_had_it_before_is_skipped() -> None:
    engine, one, two = Engine(), FakeSink("one"), FakeSink("two")
    await engine.publisher(one, two).submit(alert(), skip=frozenset({"one", "gone"}))
    await settle()
    assert (one.delivered, two.delivered) == ([], ["a1b2c3-2"])
    assert [sink for _, sink, _ in engine.told] == ["two"]


async def test_what_can_be_tried_again_is_after_delays_that_double() -> None:
    engine, sink = Engine(), FakeSink(does=failing(busy(), busy(), busy()))
    await engine.publisher(sink).submit(alert())
    await engine.time.advance(7.0)
    assert engine.time.slept == [1.0, 2.0, 4.0]
    assert engine.told == [("a1b2c3-2", "fake", "delivered")]


async def test_retry_after_is_honoured_where_it_is_longer() -> None:
    engine, sink = Engine(), FakeSink(does=failing(busy(30.0), busy(0.5)))
    await engine.publisher(sink).submit(alert())
    await engine.time.advance(29.9)
    assert len(sink.attempts) == 1
    await engine.time.advance(2.1)
    assert engine.time.slept == [30.0, 2.0]
    assert sink.delivered == ["a1b2c3-2"]


async def test_what_cannot_be_tried_again_is_a_dead_letter_and_the_next_one_goes_out() -> None:
    engine, sink = Engine(), FakeSink(does=failing(broken()))
    publisher = engine.publisher(sink)
    await publisher.submit(alert(alert_id="bad"))
    await publisher.submit(alert(alert_id="good"))
    await settle()
    assert engine.told == [
        ("bad", "fake", "letter: answered 400"),
        ("bad", "fake", "dead"),
        ("good", "fake", "delivered"),
    ]


async def test_it_gives_up_after_the_last_attempt() -> None:
    engine, sink = Engine(), FakeSink(does=failing(*(busy() for _ in range(9))))
    await engine.publisher(sink, policy=RetryPolicy(max_attempts=3)).submit(alert())
    await engine.time.advance(1000.0)
    assert len(sink.attempts) == 3
    assert engine.told[-1] == ("a1b2c3-2", "fake", "dead")


async def test_it_gives_up_where_the_next_attempt_would_come_too_late() -> None:
    engine, sink = Engine(), FakeSink(does=failing(busy(90.0)))
    await engine.publisher(sink, policy=RetryPolicy(max_age=60.0)).submit(alert())
    await settle()
    assert engine.time.slept == []
    assert engine.told[-1] == ("a1b2c3-2", "fake", "dead")


async def test_after_an_outage_what_piled_up_gets_one_attempt_each() -> None:
    engine = Engine()
    sink = FakeSink(does=failing(*(busy(50.0) for _ in range(3))))
    publisher = engine.publisher(sink, policy=RetryPolicy(max_age=60.0))
    for name in ("first", "second", "third"):
        await publisher.submit(alert(alert_id=name))
    await engine.time.advance(50.0)
    assert sink.attempts == ["first", "first", "second", "third"]
    assert sink.delivered == ["third"]


async def test_a_sink_gets_its_alerts_in_order_however_often_the_first_fails() -> None:
    engine, sink = Engine(), FakeSink(does=failing(busy(), busy()))
    publisher = engine.publisher(sink)
    for number in range(4):
        await publisher.submit(alert(alert_id=str(number)))
    await engine.time.advance(10.0)
    assert sink.delivered == ["0", "1", "2", "3"]


async def test_a_sink_that_hangs_holds_up_no_other() -> None:
    engine, stuck, quick = Engine(), FakeSink("stuck", hanging), FakeSink("quick")
    publisher = engine.publisher(stuck, quick)
    for number in range(5):
        await publisher.submit(alert(alert_id=str(number)))
    await settle()
    assert quick.delivered == ["0", "1", "2", "3", "4"]
    assert stuck.delivered == []


async def test_a_full_queue_makes_the_caller_wait_but_not_the_other_sinks() -> None:
    engine, stuck, quick = Engine(), FakeSink("stuck", hanging), FakeSink("quick")
    publisher = engine.publisher(stuck, quick, queue_size=1)
    await publisher.submit(alert(alert_id="0"))
    await settle()
    await publisher.submit(alert(alert_id="1"))
    waiting = asyncio.create_task(publisher.submit(alert(alert_id="2")))
    await settle()
    assert not waiting.done()
    assert quick.delivered == ["0", "1", "2"]
    waiting.cancel()


async def test_an_attempt_that_takes_too_long_is_tried_again() -> None:
    engine = Engine()
    hung = asyncio.Event()

    async def hang_once(alert: Alert) -> None:
        if not hung.is_set():
            hung.set()
            await asyncio.Event().wait()

    sink = FakeSink(does=hang_once)
    await engine.publisher(sink, policy=RetryPolicy(attempt_timeout=0.01)).submit(alert())
    await engine.time.asleep.wait()
    await engine.time.advance(1.0)
    assert sink.delivered == ["a1b2c3-2"]


async def test_a_mistake_in_a_sink_costs_one_alert_and_shows_where_but_not_what() -> None:
    engine = Engine()
    sink = FakeSink(does=failing(KeyError("https://hooks.example/secret")))
    publisher = engine.publisher(sink)
    await publisher.submit(alert(alert_id="bad"))
    await publisher.submit(alert(alert_id="good"))
    await settle()
    letter = engine.told[0][2]
    assert letter.startswith("letter: unexpected KeyError at fake_time.py:")
    assert "secret" not in letter
    assert engine.told[-1] == ("good", "fake", "delivered")


async def test_below_a_sinks_severity_nothing_is_delivered() -> None:
    engine, sink = Engine(), FakeSink()
    publisher = engine.publisher(Route(sink, min_severity=Severity.SERIOUS))
    await publisher.submit(alert(severity=Severity.ISSUE, peak=Severity.ISSUE))
    await settle()
    assert sink.attempts == []
    assert engine.told == [("a1b2c3-2", "fake", "filtered")]
    assert engine.settlements == [("fake", "filtered", 0.0)]


async def test_who_heard_an_incident_open_also_hears_it_resolve() -> None:
    engine, sink = Engine(), FakeSink()
    publisher = engine.publisher(Route(sink, min_severity=Severity.SERIOUS))
    over = alert(status=Status.RESOLVED, severity=Severity.WATCH, peak=Severity.CRISIS)
    await publisher.submit(over)
    await settle()
    assert sink.delivered == ["a1b2c3-2"]


async def test_attempts_keep_a_sinks_interval() -> None:
    engine, sink = Engine(), FakeSink()
    publisher = engine.publisher(Route(sink, min_interval=1.0))
    for number in range(3):
        await publisher.submit(alert(alert_id=str(number)))
    await settle()
    assert sink.delivered == ["0"]
    await engine.time.advance(1.0)
    assert sink.delivered == ["0", "1"]
    await engine.time.advance(1.0)
    assert sink.delivered == ["0", "1", "2"]


async def test_the_observer_hears_of_attempts_outcomes_delays_and_depth() -> None:
    engine, sink = Engine(), FakeSink(does=failing(busy(), broken()))
    publisher = engine.publisher(sink)
    await publisher.submit(alert(alert_id="0"))
    await publisher.submit(alert(alert_id="1"))
    await engine.time.advance(5.0)
    assert [result for _, result, _ in engine.attempts] == ["retry", "failed", "ok"]
    assert engine.settlements == [("fake", "dead", 1.0), ("fake", "delivered", 1.0)]
    assert max(engine.depths) == 2
    assert engine.depths[-1] == 0


async def test_an_outcome_that_cannot_be_noted_does_not_stop_the_worker() -> None:
    engine, sink = Engine(), FakeSink()

    async def full_disk(alert: Alert, sink: str, outcome: Outcome) -> None:
        engine.told.append((alert.alert_id, sink, "lost"))
        raise OSError("disk full")

    publisher = Publisher([Route(sink)], on_settled=full_disk, dead_letter=engine.dead_letter)
    publisher.start()
    await publisher.submit(alert(alert_id="0"))
    await publisher.submit(alert(alert_id="1"))
    await settle()
    assert sink.delivered == ["0", "1"]
    assert len(engine.told) == 2
    await publisher.close()


def test_two_sinks_of_one_name_are_refused() -> None:
    engine = Engine()
    with pytest.raises(ValueError, match="give each its own name; slack is twice"):
        Publisher(
            [Route(FakeSink("slack")), Route(FakeSink("slack"))],
            on_settled=engine.on_settled,
            dead_letter=engine.dead_letter,
        )
