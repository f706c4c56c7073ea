"""For how long partitions stand still while workers come and go.

Mentions are sent ten times a second; a partition's pauses are the gaps between the rows of keys
that are stored for it. Of the longest pauses behind each change, the shortest is that of a
partition that stayed where it was: what the change costs everybody.
"""

import asyncio
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count, islice
from typing import Final

from benchmarks.kafka_load import Load
from benchmarks.kafka_rig import Rig
from listener.engines.kafka.log import KafkaLog
from listener.ingest import Portion
from listener.loop import run_loop
from sinks.brokers import Brokers
from tests.faults.topics import Record, records

_TURN: Final = 0.1
_SETTLE: Final = 15.0
_MENTIONS: Final = 40


@dataclass(frozen=True, slots=True)
class Pause:
    """What a change of the group cost, in seconds: where most, and where least."""

    change: str
    longest: float
    shortest: float


def measure_moves(address: str, load: Load) -> list[Pause]:
    """A third worker starts, one of the three is stopped, one is killed."""
    rig = Rig(address, load.names, partitions=6)
    workers = [rig.worker(core) for core in (0, 1)]
    changes: list[tuple[str, float]] = []

    def change(what: str, do: Callable[[], None]) -> None:
        changes.append((what, time.time()))
        do()

    async def play() -> None:
        sending = asyncio.create_task(_send(rig, load))
        await asyncio.sleep(2 * _SETTLE)
        change("a worker starts", lambda: workers.append(rig.worker()))
        await asyncio.sleep(_SETTLE)
        change("one is stopped", lambda: _end(workers.pop(), signal.SIGTERM))
        await asyncio.sleep(_SETTLE)
        change("one is killed", lambda: _end(workers.pop(), signal.SIGKILL))
        await asyncio.sleep(_SETTLE)
        sending.cancel()

    try:
        run_loop(play())
    finally:
        for worker in workers:
            worker.terminate()
            worker.wait()
    rows = records(rig.bootstrap, rig.topics.seen_changelog)
    rig.close()
    return [_pause(rows, what, at) for what, at in changes]


def _end(worker: subprocess.Popen[bytes], number: signal.Signals) -> None:
    worker.send_signal(number)


def _pause(rows: Sequence[Record], change: str, at: float) -> Pause:
    longest = []
    for partition in {row.partition for row in rows}:
        times = sorted(r.at for r in rows if r.partition == partition and 0 < r.at - at < _SETTLE)
        gaps = [b - a for a, b in zip([at, *times], times, strict=False)]
        longest.append(max(gaps, default=_SETTLE))
    return Pause(change, max(longest), min(longest))


async def _send(rig: Rig, load: Load) -> None:
    log = KafkaLog(Brokers.parse(rig.broker), rig.topics, rig.directory)
    mentions = load.mentions()
    for turn in count():
        now = datetime.now(UTC)
        some = [replace(m, id=f"{turn}-{m.id}") for m in islice(mentions, _MENTIONS)]
        some = [replace(mention, published_at=now) for mention in some]
        await log.append(Portion(mentions=some, watermark=now))
        await asyncio.sleep(_TURN)
