"""What a worker's state costs: its memory under load, and the time until it evaluates again."""

import asyncio
import time
from collections.abc import Collection
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Final

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

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


def measure_restart(address: str, brands: int, *, times: int = 1) -> Restart:
    """A worker finds the rows of brands with a day and a half of history.

    They were stored at the end of an hour, so that the first step begins one: it costs most. Each
    was stored so many `times` and not compacted yet.
    """
    rig = Rig(address, [f"koperdraad{number}" for number in range(brands)])
    reached = _store_rows(rig, times)
    changelog = KafkaConsumer(bootstrap_servers=rig.bootstrap, group_id=None)
    places = [
        TopicPartition(rig.topics.states_changelog, number) for number in range(rig.partitions)
    ]
    changelog.assign(places)
    for place, end in changelog.end_offsets(places).items():
        changelog.seek(place, end)
    begun = time.time()
    worker = rig.worker()
    try:
        evaluated = asyncio.run(_evaluations(rig, changelog, reached))
        cpu = cpu_seconds(worker.pid)
    finally:
        worker.terminate()
        worker.wait()
        changelog.close()
    rig.close()
    return Restart(min(evaluated) - begun, max(evaluated) - begun, cpu)


async def _evaluations(rig: Rig, changelog: KafkaConsumer, reached: int) -> Collection[float]:
    """When each partition's clock was first stored from here on, while event time goes on."""
    log = KafkaLog(Brokers.parse(rig.broker), rig.topics, rig.directory)
    deadline = time.monotonic() + _PATIENCE
    clocks = {clock_key(partition) for partition in range(rig.partitions)}
    stored: dict[bytes, float] = {}
    while time.monotonic() < deadline:
        reached += STEP
        await log.append(Portion(watermark=from_epoch(reached)))
        fetched = await asyncio.to_thread(changelog.poll, timeout_ms=_LOOK * 1000)
        for row in chain.from_iterable(fetched.values()):
            if row.key in clocks:
                stored.setdefault(row.key, row.timestamp / 1000)
        if len(stored) == rig.partitions:
            await log.close()
            return stored.values()
    raise RuntimeError(f"nothing was evaluated: see {rig.directory}")


def _store_rows(rig: Rig, times: int) -> int:
    """Store them; gives up to when they have been evaluated, in Unix seconds."""
    settings = DetectionSettings()
    pasts = [past_of(rate, settings) for rate in _RATES]
    rows = {}
    for number, name in enumerate(rig.brands):
        state = BrandState.from_json(loads(pasts[number % len(pasts)]), settings.windows)
        state.brand = name
        rows[name] = brand_row(state.to_json(), [])
    producer = KafkaProducer(bootstrap_servers=rig.bootstrap, linger_ms=50)
    for number, (name, row) in enumerate(chain.from_iterable(repeat([*rows.items()], times))):
        producer.send(
            rig.topics.states_changelog,
            key=name.encode(),
            value=row,
            partition=partition_of(name, rig.partitions),
            headers=Version(1, number).headers,
        )
    producer.flush(60)
    producer.close()
    return state.evaluated
