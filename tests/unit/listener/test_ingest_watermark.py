"""How far event time has come, as ingest tells the engine."""

from datetime import timedelta

import pytest

from tests.unit.listener.ingest_bench import (
    LATENESS,
    NOON,
    Bench,
    ScriptedConnector,
    batch,
    running,
    until,
)


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
        assert bench.log.watermarks == [NOON, times[-1], times[-1]]

    async def test_is_said_once_in_a_second_and_at_the_end(self) -> None:
        times = [NOON + timedelta(seconds=tenth / 10) for tenth in (4, 7, 12, 18, 19)]
        *steps, last = times
        steps_of = [batch(n, at=at) for n, at in enumerate(steps, start=1)]
        bench = Bench(ScriptedConnector("one", *steps_of, batch(9, at=last, done=True)))
        async with running(bench) as task:
            await until(task.done, bench, within=2)
        assert bench.log.watermarks == [times[0], times[2], last]
        assert bench.log.ids == ["1", "2", "3", "4", "9"]

    async def test_comes_to_the_end_of_the_longest_recording_whichever_is_done_last(self) -> None:
        long = ScriptedConnector("long", batch(1, at=NOON, done=True))
        early = NOON - timedelta(hours=1)
        short = ScriptedConnector("short", batch(2, at=early, wait=5), batch(at=early, done=True))
        bench = Bench(long, short)
        async with running(bench) as task:
            await until(task.done, bench, within=9)
        assert bench.log.watermarks[-1] == NOON

    async def test_what_was_not_said_with_mentions_is_said_soon_after(self) -> None:
        later = NOON + timedelta(seconds=0.5)
        connector = ScriptedConnector(
            "one", batch(1, at=NOON, wait=0.1), then=batch(2, at=later, wait=60)
        )
        bench = Bench(connector)
        async with running(bench):
            assert bench.log.watermarks == [NOON]
            await bench.time.advance(3)
        assert bench.log.watermarks == [NOON, later]

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


class TestTheClock:
    """One live connector, whose event time goes by it."""

    async def test_a_slip_of_it_carries_event_time_nowhere(self) -> None:
        for slip in (86_400, -86_400):
            bench = Bench(ScriptedConnector("live", then=batch(1, at=None, wait=60)))
            async with running(bench):
                await bench.time.advance(10)
                bench.clock_is_ahead = slip
                await bench.time.advance(30)
                bench.clock_is_ahead = 0
                await bench.time.advance(10)
            seconds = [(at - NOON + LATENESS).total_seconds() for at in bench.log.watermarks]
            assert seconds == sorted(seconds)
            assert seconds[-1] == pytest.approx(50, abs=2)

    async def test_a_step_that_lasts_is_followed(self) -> None:
        bench = Bench(ScriptedConnector("live", then=batch(1, at=None, wait=60)))
        async with running(bench):
            await bench.time.advance(10)
            bench.clock_is_ahead = 3600
            await bench.time.advance(90)
        assert bench.log.watermarks[-1] > NOON + timedelta(hours=1)

    async def test_set_back_after_it_was_wrong_for_long_event_time_goes_on_at_once(self) -> None:
        bench = Bench(ScriptedConnector("live", then=batch(1, at=None, wait=60)))
        async with running(bench):
            bench.clock_is_ahead = 86_400
            await bench.time.advance(600)
            bench.clock_is_ahead = 0
            await bench.time.advance(90)
            first = len(bench.log.watermarks)
            await bench.time.advance(10)
        assert len(bench.log.watermarks) >= first + 4, "what is in the future, no engine takes"
        assert bench.log.watermarks[-1] < NOON + timedelta(seconds=700)
