"""A connector that fails costs the others nothing, is tried again, and the team is told."""

import asyncio
from datetime import datetime, timedelta

import pytest
from structlog.testing import capture_logs

from listener.connectors import Batch, RetryLater
from listener.errors import UsageError
from tests.unit.listener.ingest_bench import (
    NOON,
    Bench,
    FakeLog,
    ScriptedConnector,
    batch,
    running,
    until,
    usual_pause,
)
from tests.unit.sinks.fake_time import settle


class TestAConnectorInTrouble:
    async def test_does_not_stop_the_others(self) -> None:
        bad = ScriptedConnector("bad", then=OSError("no route to host"))
        good = ScriptedConnector("good", *(batch(n) for n in range(20)), batch(20, done=True))
        bench = Bench(bad, good)
        async with running(bench) as task:
            await bench.time.advance(1)
            assert len(bench.log.ids) == 21
            assert not task.done()
        assert "bad: no route to host" in bench.observer.failures
        assert (bad.closed, good.closed) == (1, 1)

    async def test_is_tried_again_with_growing_waits_up_to_a_minute(self) -> None:
        bench = Bench(ScriptedConnector("bad", then=OSError("no")))
        async with running(bench):
            await bench.time.advance(600)
        waits = [wait for wait in bench.time.slept if wait != 2.0]
        for attempt, wait in enumerate(waits):
            longest = min(2.0**attempt, 60.0)
            assert longest / 2 <= wait <= longest
        assert 10 <= len(waits) <= 26
        assert len(bench.observer.failures) == len(waits)

    async def test_that_never_comes_back_from_a_fetch_counts_as_failing(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Stuck(ScriptedConnector):
            async def fetch(self, cursor: str | None, now: datetime) -> Batch:
                await asyncio.Event().wait()
                return await super().fetch(cursor, now)

        monkeypatch.setattr("listener.ingest._LONGEST_FETCH", 0.01)
        bench = Bench(Stuck("stuck"))
        async with running(bench):
            async with asyncio.timeout(10):
                while not bench.observer.failures:  # noqa: ASYNC110 - the real clock runs here
                    await asyncio.sleep(0.01)
        assert bench.observer.failures[0] == "stuck: gave nothing within 0.01 s"

    async def test_by_a_mistake_of_ours_is_logged_without_what_that_quotes(self) -> None:
        bench = Bench(ScriptedConnector("one", KeyError("token=hunter2"), batch(1, done=True)))
        with capture_logs() as logs:
            async with running(bench) as task:
                await until(task.done, bench, within=10)
        (failed,) = (line for line in logs if line["event"] == "fetch failed")
        assert failed["error"].startswith("KeyError at ingest_bench.py:")

    async def test_is_left_alone_for_as_long_as_it_asks_but_an_hour_at_most(self) -> None:
        asked = [RetryLater("busy", 120), RetryLater("busy", 0), RetryLater("busy", 1e9)]
        bench = Bench(ScriptedConnector("one", *asked, batch(1, done=True)))
        async with running(bench) as task:
            await bench.time.advance(4000)
            assert task.done()
        waits = [wait for wait in bench.time.slept if wait != 2.0]
        assert (waits[0], waits[2]) == (120, 3600)
        assert 1 <= waits[1] <= 2, "as long as after any other failure"

    async def test_that_asks_to_be_left_alone_holds_event_time_up_not_at_all(self) -> None:
        busy = ScriptedConnector("busy", then=RetryLater("busy", 3600))
        good = ScriptedConnector("good", then=batch(1, at=NOON, wait=1))
        bench = Bench(busy, good)
        async with running(bench):
            await until(lambda: NOON in bench.log.watermarks, bench, within=3)

    async def test_goes_on_from_the_cursor_it_had(self) -> None:
        one = ScriptedConnector("one", batch(1), OSError("no"), batch(2, done=True))
        bench = Bench(one)
        async with running(bench) as task:
            await until(task.done, bench, within=5)
        assert one.cursors == [None, "1", "1"]
        assert bench.log.ids == ["1", "2"]

    async def test_begins_with_short_waits_again_once_it_was_back(self) -> None:
        troubles = [OSError("no")] * 8
        one = ScriptedConnector("one", *troubles, batch(1), OSError("again"), batch(2, done=True))
        bench = Bench(one)
        async with running(bench) as task:
            await until(task.done, bench, within=400)
        waits = [wait for wait in bench.time.slept if wait not in {0.0, 2.0}]
        assert waits[-1] <= 1.0 < waits[-2]

    async def test_holds_event_time_up_only_for_a_while(self) -> None:
        """Else one source with an expired key would silence the alerts of all the others."""
        bad = ScriptedConnector("bad", then=OSError("401"))
        good = ScriptedConnector("good", then=batch(1, at=NOON, wait=1))
        bench = Bench(bad, good)
        async with running(bench):
            await settle()
            assert bench.log.watermarks == []
            await until(lambda: NOON in bench.log.watermarks, bench, within=10)

    async def test_does_not_turn_event_time_back_when_it_returns(self) -> None:
        early = NOON - timedelta(hours=1)
        troubles = [OSError("no")] * 5
        late = ScriptedConnector("late", *troubles, then=batch(1, at=early, wait=1))
        good = ScriptedConnector("good", then=batch(2, at=NOON, wait=1))
        bench = Bench(late, good)
        async with running(bench):
            await until(lambda: "1" in bench.log.ids, bench, within=60)
        assert set(bench.log.watermarks) == {NOON}

    async def test_that_can_never_start_ends_it_all_with_the_reason(self) -> None:
        bad = ScriptedConnector("bad", UsageError("m.jsonl: no row of it can be read"))
        good = ScriptedConnector("good")
        with pytest.raises(UsageError, match=r"m\.jsonl"):
            await Bench(bad, good).ingest.run()
        assert (bad.closed, good.closed) == (1, 1)

    async def test_that_could_start_and_then_cannot_goes_on_being_tried(self) -> None:
        expired = UsageError("forum: the key is refused")
        steps = batch(1), expired, expired, batch(2, done=True)
        bench = Bench(ScriptedConnector("one", *steps))
        async with running(bench) as task:
            await until(task.done, bench, within=10)
        assert bench.log.ids == ["1", "2"]


class TestTheTeamIsTold:
    async def test_once_that_a_source_keeps_failing_and_once_that_it_is_back(self) -> None:
        troubles = [OSError("no route to host")] * 18  # 391 s at least, 783 at most
        one = ScriptedConnector("one", *troubles, batch(1, wait=60))
        bench = Bench(one, ScriptedConnector("two"))
        async with running(bench):
            await until(lambda: "1" in bench.log.ids, bench, within=900)
        assert [(alert.brand, alert.status, alert.reason.signal) for alert in bench.log.alerts] == [
            ("one", "opened", "failing"),
            ("one", "resolved", "failing"),
        ]
        assert bench.observer.troubles[-2:] == [("one", "failing"), ("one", None)]

    async def test_that_a_live_source_has_gone_quiet(self) -> None:
        known = FakeLog(healths={"one": usual_pause("one", 60)})
        one = ScriptedConnector("one", batch(1, at=None), then=batch(at=None, cursor="c", wait=5))
        bench = Bench(one, log=known)
        async with running(bench):
            await bench.time.advance(590)
            assert bench.log.alerts == []
            await bench.time.advance(20)
        assert [(alert.about, alert.reason.signal) for alert in bench.log.alerts] == [
            ("source", "quiet")
        ]

    async def test_also_where_a_source_only_brings_again_what_it_brought_last(self) -> None:
        known = FakeLog(healths={"one": usual_pause("one", 60)})
        one = ScriptedConnector("one", then=batch(1, 2, at=None, wait=5))
        bench = Bench(one, log=known)
        async with running(bench):
            await bench.time.advance(610)
        assert [alert.reason.signal for alert in bench.log.alerts] == ["quiet"]

    async def test_nothing_about_a_source_while_the_engine_is_what_holds_it_up(self) -> None:
        known = FakeLog(healths={"one": usual_pause("one", 60)})
        one = ScriptedConnector("one", then=batch(1, at=None, wait=5))
        bench = Bench(one, log=known)
        async with running(bench):
            bench.log.gate.clear()
            await bench.time.advance(4000)
            bench.log.gate.set()
            await bench.time.advance(300)
        assert bench.log.alerts == []

    async def test_what_is_usual_is_stored_with_what_came_and_only_when_it_changed(self) -> None:
        one = ScriptedConnector("one", *(batch(n, at=None, wait=5) for n in range(9)))
        bench = Bench(one)
        async with running(bench):
            await bench.time.advance(60)
        stored = [portion.health for portion in bench.log.portions if portion.connector]
        assert stored[0] is not None
        assert stored[-1] is None
        assert '"longest":[[' in bench.log.healths["one"]
