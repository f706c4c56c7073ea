"""How the publisher stops: what is delivered before, and what is left to the outbox."""

import asyncio

import pytest

from tests.unit.sinks.fake_engine import Engine, busy
from tests.unit.sinks.fake_time import FakeSink, failing, hanging
from tests.unit.sinks.fakes import alert


async def test_draining_delivers_what_is_queued_retries_included() -> None:
    engine, sink = Engine(), FakeSink(does=failing(busy()))
    publisher = engine.publisher(sink)
    for number in range(3):
        await publisher.submit(alert(alert_id=str(number)))
    draining = asyncio.create_task(publisher.drain(5.0))
    await engine.time.advance(1.0)
    assert await draining is True
    assert sink.delivered == ["0", "1", "2"]


async def test_what_is_not_delivered_in_time_is_left_to_the_outbox() -> None:
    engine, stuck, quick = Engine(), FakeSink("stuck", hanging), FakeSink("quick")
    publisher = engine.publisher(stuck, quick)
    await publisher.submit(alert(alert_id="0"))
    await publisher.submit(alert(alert_id="1"))
    draining = asyncio.create_task(publisher.drain(5.0))
    await engine.time.advance(5.0)
    assert await draining is False
    assert engine.told == [("0", "quick", "delivered"), ("1", "quick", "delivered")]
    with pytest.raises(RuntimeError, match="stopped"):
        await publisher.submit(alert(alert_id="2"))


async def test_draining_with_nothing_to_do_returns_at_once() -> None:
    assert await Engine().publisher(FakeSink()).drain(5.0) is True
    assert await Engine().publisher().drain(5.0) is True


async def test_closing_twice_is_safe_and_one_failing_sink_keeps_no_other_open() -> None:
    class Sticky(FakeSink):
        async def close(self) -> None:
            raise OSError("stuck")

    engine, fine = Engine(), FakeSink("fine")
    publisher = engine.publisher(Sticky("sticky"), fine)
    await publisher.close()
    await publisher.close()
    assert fine.closed == 2
