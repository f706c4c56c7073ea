"""Ingest loses nothing, fetches no more until what came is safe, and ends with its engine."""

import pytest

from detectors.records import InvalidRecord, Rejection
from listener.connectors import Batch
from tests.unit.listener.ingest_bench import (
    NOON,
    Bench,
    FakeLog,
    ScriptedConnector,
    batch,
    mention,
    running,
    until,
)


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
