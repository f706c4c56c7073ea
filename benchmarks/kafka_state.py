"""What a worker's state costs: its memory under load, and the time until it evaluates again."""

import asyncio
import time
import zlib
from typing import Final

from kafka import KafkaProducer

from benchmarks.detection_cost import past_of
from benchmarks.kafka_load import Load, fill
from benchmarks.kafka_rig import Rig, resident_megabytes
from detectors.brand_state import BrandState
from detectors.records import dumps, loads
from detectors.records.times import from_epoch
from detectors.scoring import STEP
from detectors.settings import DetectionSettings
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


def measure_restart(address: str, brands: int) -> float:
    """Seconds from the start of a worker's process to its first evaluation.

    The rows that it finds are those of brands with a day and a half of history.
    """
    rig = Rig(address, [f"koperdraad{number}" for number in range(brands)])
    reached = _store_rows(rig)
    begun = time.time()
    worker = rig.worker()
    try:
        first = asyncio.run(_first_evaluation(rig, begun, reached))
    finally:
        worker.terminate()
        worker.wait()
    rig.close()
    return first - begun


async def _first_evaluation(rig: Rig, begun: float, reached: int) -> float:
    """When the first row came that this worker stored, while event time goes on."""
    log = KafkaLog(Brokers.parse(rig.broker), rig.topics, rig.directory)
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        reached += STEP
        await log.append(Portion(watermark=from_epoch(reached)))
        rows = await asyncio.to_thread(records, rig.bootstrap, rig.topics.states_changelog)
        if new := [row.at for row in rows if row.at > begun]:
            await log.close()
            return min(new)
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
        value = zlib.compress(dumps({"state": state.to_json(), "alerts": []}), 1)
        producer.send(
            rig.topics.states_changelog,
            key=name.encode(),
            value=value,
            partition=partition_of(name, rig.partitions),
            headers=Version(1, number).headers,
        )
    producer.flush(60)
    producer.close()
    return state.evaluated
