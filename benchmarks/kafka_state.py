"""What a worker's state costs: its memory under load, and the time until it evaluates again."""

import asyncio
import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from kafka import KafkaProducer

from benchmarks.detection_cost import past_of
from benchmarks.kafka_load import Load, fill
from benchmarks.kafka_rig import Rig, cpu_seconds, resident_megabytes
from detectors.brand_state import BrandState
from detectors.records import loads
from detectors.records.times import from_epoch
from detectors.scoring import STEP
from detectors.settings import DetectionSettings
from listener.engines.kafka.brand_rows import brand_row, clock_key
from listener.engines.kafka.log import KafkaLog, partition_of
from listener.engines.kafka.rows import Version
from listener.ingest import Portion
from listener.loop import run_loop
from sinks.brokers import Brokers
from tests.faults.topics import records

_RATES: Final = (0.1, 1.0, 10.0, 100.0)
_PIECE: Final = 20_000
_LOOK: Final = 0.5
_PATIENCE: Final = 300.0


def measure_memory(address: str, load: Load) -> list[float]:
    """Megabytes that a worker holds, twice a second while it works the load off."""
    rig = Rig.of(address, load)
    run_loop(fill(address, rig.topics, rig.directory, load, single=False))
    worker = rig.worker()
    held: list[float] = []
    try:
        while not held or rig.behind():
            if worker.poll() is not None:
                raise RuntimeError(f"the worker has ended: see {rig.directory}")
            time.sleep(_LOOK)
            held.append(resident_megabytes(worker.pid))
    finally:
        worker.terminate()
        worker.wait()
    rig.close()
    return held


@dataclass(frozen=True, slots=True)
class Restart:
    """Seconds from the start of a worker's process to its first evaluation, and to that of the
    last brand; and what it had spent of CPU time by then."""

    first: float
    last: float
    cpu: float


def measure_restart(address: str, brands: int) -> Restart:
    """The rows that a worker finds are those of brands with a day and a half of history.

    They were stored at the end of an hour, so that the first step begins one: it costs most.
    """
    rig = Rig(address, [f"koperdraad{number}" for number in range(brands)])
    reached = _store_rows(rig)
    begun = time.time()
    worker = rig.worker()
    try:
        evaluated = asyncio.run(_evaluations(rig, begun, reached))
        cpu = cpu_seconds(worker.pid)
    finally:
        worker.terminate()
        worker.wait()
    rig.close()
    return Restart(min(evaluated) - begun, max(evaluated) - begun, cpu)


async def _evaluations(rig: Rig, begun: float, reached: int) -> Collection[float]:
    """When each partition's clock was first stored by this worker, while event time goes on."""
    log = KafkaLog(Brokers.parse(rig.broker), rig.topics, rig.directory)
    deadline = time.monotonic() + _PATIENCE
    clocks = {clock_key(partition) for partition in range(rig.partitions)}
    while time.monotonic() < deadline:
        reached += STEP
        await log.append(Portion(watermark=from_epoch(reached)))
        rows = await asyncio.to_thread(records, rig.bootstrap, rig.topics.states_changelog)
        stored: dict[bytes, float] = {}
        for row in rows:
            if row.at > begun and row.key in clocks:
                stored.setdefault(row.key, row.at)
        if len(stored) == rig.partitions:
            await log.close()
            return stored.values()
        await asyncio.sleep(_LOOK)
    raise RuntimeError(f"nothing was evaluated: see {rig.directory}")


def _store_rows(rig: Rig) -> int:
    """Store them; gives up to when they have been evaluated, in Unix seconds."""
    settings = DetectionSettings()
    pasts = [past_of(rate, settings) for rate in _RATES]
    producer = KafkaProducer(bootstrap_servers=rig.bootstrap, linger_ms=50)
    for number, name in enumerate(rig.brands):
        state = BrandState.from_json(loads(pasts[number % len(pasts)]), settings.windows)
        state.brand = name
        producer.send(
            rig.topics.states_changelog,
            key=name.encode(),
            value=brand_row(state.to_json(), []),
            partition=partition_of(name, rig.partitions),
            headers=Version(1, number).headers,
        )
    producer.flush(60)
    producer.close()
    return state.evaluated
