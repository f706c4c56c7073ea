"""Work goes on until a signal comes, or until some of it fails."""

import asyncio
import os
import signal

import pytest

from listener.supervision import cancel, until_stopped


async def forever() -> None:
    await asyncio.Event().wait()


async def nothing() -> None:
    await asyncio.sleep(0)


async def failure() -> None:
    await asyncio.sleep(0)
    raise OSError("no space left on device")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_quietly(number: signal.Signals) -> None:
    ended: list[str] = []

    async def work() -> None:
        try:
            os.kill(os.getpid(), number)
            await forever()
        finally:
            ended.append("work")

    async with asyncio.timeout(5):
        await until_stopped(work())
    assert ended == ["work"]


async def test_work_that_is_done_waits_for_the_signal() -> None:
    async with asyncio.timeout(5):
        waiting = asyncio.create_task(until_stopped(nothing()))
        for _ in range(20):
            await asyncio.sleep(0)
        assert not waiting.done()
        os.kill(os.getpid(), signal.SIGTERM)
        await waiting


async def test_work_that_is_done_ends_it_where_that_is_wanted() -> None:
    async with asyncio.timeout(5):
        await until_stopped(nothing(), until_done=True)


async def test_what_the_work_raises_comes_out() -> None:
    with pytest.raises(OSError, match="no space left"):
        await until_stopped(failure())


async def test_what_runs_beside_it_brings_it_down_as_well() -> None:
    ended: list[str] = []

    async def work() -> None:
        try:
            await forever()
        finally:
            ended.append("work")

    with pytest.raises(OSError, match="no space left"):
        await until_stopped(work(), asyncio.create_task(failure()))
    assert ended == ["work"]


async def test_what_is_cancelled_may_fail_on_its_way_out() -> None:
    async def stubborn() -> None:
        try:
            await forever()
        finally:
            raise ValueError("on the way out")

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    await cancel(task)
    assert task.done()
