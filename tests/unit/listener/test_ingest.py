"""Ingest: loses nothing, waits where it must, and says how far event time has come."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from detectors.records import Alert, InvalidRecord, Mention, Rejection
from listener.connectors import Batch, RetryLater
from listener.errors import UsageError
from listener.ingest import Ingest, Portion
from listener.source_health import SourceHealth, SourceSettings
from tests.unit.sinks.fake_time import FakeTime, settle

NOON = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
LATENESS = timedelta(seconds=2)
Step = Batch | Exception


def mention(number: int) -> Mention:
    return Mention(id=str(number), text=f"text {number}", published_at=NOON)


def batch(
    *numbers: int,
    cursor: str = "",
    at: datetime | None = NOON,
    wait: float = 0.0,
    done: bool = False,
) -> Batch:
    mentions = tuple(mention(number) for number in numbers)
    return Batch(mentions, cursor or str(max(numbers, default=0)), (), at, wait, done)


class ScriptedConnector:
    """Does as its script says, step by step; behind its end it has nothing, in a minute."""

    def __init__(self, name: str, *steps: Step, then: Step | None = None) -> None:
        self.name = name
        self.cursors: list[str | None] = []
        self.closed = 0
        self._steps = list(steps)
        self._then = then or batch(cursor="end", wait=60)

    async def fetch(self, cursor: str | None, now: datetime) -> Batch:
        del now
        self.cursors.append(cursor)
        step = self._steps.pop(0) if self._steps else self._then
        if isinstance(step, Exception):
            raise step
        return step

    async def close(self) -> None:
        self.closed += 1


def usual_pause(name: str, seconds: float) -> str:
    """The health of a source of which that much is known."""
    began = (NOON - timedelta(days=3)).timestamp()
    health = SourceHealth(name, SourceSettings(), began)
    health.answered(began + seconds, has_news=True, is_live=True)
    return health.to_json()


class FakeLog:
    """Keeps portions; `gate` holds appends up, `fails` makes them fail."""

    def __init__(
        self, stored: dict[str, str] | None = None, healths: dict[str, str] | None = None
    ) -> None:
        self.portions: list[Portion] = []
        self.stored = stored or {}
        self.healths = healths or {}
        self.gate = asyncio.Event()
        self.gate.set()
        self.fails: Exception | None = None

    async def cursor(self, connector: str) -> str | None:
        return self.stored.get(connector)

    async def health(self, connector: str) -> str | None:
        return self.healths.get(connector)

    async def append(self, portion: Portion) -> None:
        await self.gate.wait()
        if self.fails:
            raise self.fails
        self.portions.append(portion)
        if portion.connector and portion.health:
            self.healths[portion.connector] = portion.health

    @property
    def ids(self) -> list[str]:
        return [mention.id for portion in self.portions for mention in portion.mentions]

    @property
    def alerts(self) -> list[Alert]:
        return [alert for portion in self.portions for alert in portion.alerts]

    @property
    def watermarks(self) -> list[datetime]:
        return [portion.watermark for portion in self.portions if portion.watermark]


@dataclass
class FakeObserver:
    fetches: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    troubles: list[tuple[str, str | None]] = field(default_factory=list)

    def fetched(self, connector: str, batch: Batch, now: datetime) -> None:
        del batch, now
        self.fetches.append(connector)

    def failed(self, connector: str, error: BaseException) -> None:
        self.failures.append(f"{connector}: {error}")

    def troubled(self, connector: str, trouble: str | None) -> None:
        self.troubles.append((connector, trouble))


class Bench:
    """An ingest with everything around it faked."""

    def __init__(
        self,
        *connectors: ScriptedConnector,
        log: FakeLog | None = None,
        by_the_clock: bool = False,
    ) -> None:
        self.log = log or FakeLog()
        self.time = FakeTime()
        self.observer = FakeObserver()
        began = self.time.now
        self.ingest = Ingest(
            connectors,
            self.log,
            observer=self.observer,
            lateness=LATENESS,
            by_the_clock=by_the_clock,
            clock=lambda: NOON + timedelta(seconds=self.time.now - began),
            sleep=self.time.sleep,
        )


@asynccontextmanager
async def running(bench: Bench) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(bench.ingest.run())
    await settle()
    yield task
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def until(holds: Callable[[], bool], bench: Bench, *, within: float) -> None:
    """Let time go by until it holds."""
    for _ in range(int(within * 4)):
        if holds():
            return
        await bench.time.advance(0.25)
    pytest.fail(f"did not come to hold within {within} s")


async def test_it_ends_when_every_connector_is_done_and_closes_them() -> None:
    one = ScriptedConnector("one", batch(1), batch(2, done=True))
    two = ScriptedConnector("two", batch(3, done=True))
    bench = Bench(one, two)
    async with running(bench) as task:
        await until(task.done, bench, within=1)
    assert sorted(bench.log.ids) == ["1", "2", "3"]
    assert (one.closed, two.closed) == (1, 1)


async def test_it_goes_on_from_the_stored_cursor() -> None:
    one = ScriptedConnector("one", batch(8, cursor="8", done=True))
    bench = Bench(one, log=FakeLog({"one": "7"}))
    await bench.ingest.run()
    assert one.cursors == ["7"]


async def test_a_cursor_travels_with_its_mentions_and_rejections() -> None:
    refused = Rejection.of(InvalidRecord("bad_date", "published_at: missing"), "raw", "m:1")
    step = Batch((mention(1),), "c1", (refused,), NOON, done=True)
    bench = Bench(ScriptedConnector("one", step))
    await bench.ingest.run()
    (portion,) = bench.log.portions
    assert (portion.connector, portion.cursor) == ("one", "c1")
    assert portion.mentions == (mention(1),)
    assert portion.rejections == (refused,)


async def test_nothing_more_is_fetched_until_the_portion_is_safe() -> None:
    one = ScriptedConnector("one", batch(1), batch(2), batch(3, done=True))
    bench = Bench(one)
    bench.log.gate.clear()
    async with running(bench) as task:
        await bench.time.advance(100)
        assert one.cursors == [None]
        bench.log.gate.set()
        await until(task.done, bench, within=1)
    assert one.cursors == [None, "1", "2"]
    assert bench.log.ids == ["1", "2", "3"]


async def test_it_waits_as_long_as_the_connector_says() -> None:
    one = ScriptedConnector("one", batch(1, wait=30))
    bench = Bench(one)
    async with running(bench):
        await bench.time.advance(29)
        assert len(one.cursors) == 1
        await bench.time.advance(2)
        assert len(one.cursors) == 2


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
        assert failed["error"].startswith("KeyError at test_ingest.py:")

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


class TestAnEngineInTrouble:
    async def test_ends_it_with_its_own_error(self) -> None:
        bench = Bench(ScriptedConnector("one"))
        bench.log.fails = OSError("no space left on device")
        with pytest.raises(OSError, match="no space left"):
            await bench.ingest.run()

    async def test_ends_it_on_a_tick_as_well(self) -> None:
        live = ScriptedConnector("live", batch(1, at=None, wait=3600))
        bench = Bench(live)
        async with running(bench) as task:
            bench.log.fails = OSError("no space left on device")
            await until(task.done, bench, within=10)
            with pytest.raises(OSError, match="no space left"):
                await task
        assert live.closed == 1


class TestTheWatermark:
    async def test_is_the_earliest_of_all_connectors(self) -> None:
        early, late = NOON - timedelta(hours=2), NOON - timedelta(hours=1)
        one = ScriptedConnector("one", then=batch(1, at=late, wait=60))
        two = ScriptedConnector("two", then=batch(2, at=early, wait=60))
        bench = Bench(one, two)
        async with running(bench):
            assert set(bench.log.watermarks) == {early}

    async def test_is_not_said_before_every_connector_has_spoken(self) -> None:
        slow = ScriptedConnector("slow", OSError("not yet"), batch(2, wait=60))
        bench = Bench(ScriptedConnector("quick", batch(1, wait=60)), slow)
        async with running(bench):
            assert [portion.watermark for portion in bench.log.portions] == [None]
            await until(lambda: bench.log.watermarks != [], bench, within=5)
        assert bench.log.ids == ["1", "2"]

    async def test_is_the_clock_less_the_lateness_for_live_connectors(self) -> None:
        bench = Bench(ScriptedConnector("live", then=batch(1, at=None, wait=60)))
        async with running(bench):
            assert bench.log.watermarks == [NOON - LATENESS]

    async def test_ticks_on_between_the_fetches_of_a_live_connector(self) -> None:
        bench = Bench(ScriptedConnector("live", then=batch(1, at=None, wait=60)))
        async with running(bench):
            await bench.time.advance(11)
        seconds = [(at - NOON + LATENESS).total_seconds() for at in bench.log.watermarks]
        assert seconds == [0, 2, 4, 6, 8, 10]
        ticks = bench.log.portions[1:]
        assert all(
            (tick.connector, tick.cursor, tick.mentions) == (None, None, ()) for tick in ticks
        )

    async def test_does_not_tick_for_a_recording_that_waits(self) -> None:
        bench = Bench(ScriptedConnector("replay", then=batch(1, at=NOON, wait=60)))
        async with running(bench):
            await bench.time.advance(11)
        assert len(bench.log.portions) == 1

    async def test_a_recording_holds_a_live_connector_back(self) -> None:
        early = NOON - timedelta(days=1)
        replay = ScriptedConnector(
            "replay", batch(1, at=early, wait=5), batch(2, at=NOON, done=True)
        )
        live = ScriptedConnector("live", then=batch(3, at=None, wait=60))
        bench = Bench(replay, live)
        async with running(bench):
            assert set(bench.log.watermarks) == {early}
            await bench.time.advance(12)
        assert bench.log.watermarks[-1] == NOON - LATENESS + timedelta(seconds=12)

    async def test_never_goes_back(self) -> None:
        times = [NOON, NOON - timedelta(hours=1), NOON + timedelta(hours=1)]
        steps = [batch(n, at=at) for n, at in enumerate(times, start=1)]
        bench = Bench(ScriptedConnector("one", *steps, batch(9, at=times[-1], done=True)))
        async with running(bench) as task:
            await until(task.done, bench, within=2)
        assert len(bench.log.watermarks) == 4
        assert bench.log.watermarks == sorted(bench.log.watermarks)

    async def test_stands_still_where_nothing_is_listened_to(self) -> None:
        bench = Bench()
        async with running(bench) as task:
            await bench.time.advance(5)
            assert not task.done()
        assert not bench.log.portions

    async def test_is_the_clock_where_mentions_come_from_elsewhere(self) -> None:
        bench = Bench(by_the_clock=True)
        async with running(bench) as task:
            await bench.time.advance(5)
            assert not task.done()
        assert bench.log.watermarks[-1] == NOON - LATENESS + timedelta(seconds=4)
