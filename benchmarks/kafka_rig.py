"""A broker and pinned processes for the benchmarks of the Kafka engine.

What is measured runs on core 0 alone (`taskset`); the broker and this program keep to the others.
Rates are taken twice: by the clock, and by the CPU time that the process spent, which other
programs on the machine disturb less.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from kafka import KafkaConsumer, TopicPartition

from benchmarks.kafka_load import Load
from listener.engines.kafka.seen_format import read_seen
from listener.engines.kafka.topics import Topics, prepare_topics
from listener.settings import KafkaSettings
from sinks.brokers import Brokers
from tests.faults.topics import records
from tests.kafka.choose import new_broker

LISTENER: Final = ("-c", "from listener.cli import main; main()")
_LOOK: Final = 0.25
_PATIENCE: Final = 600.0
_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Rate:
    """Mentions a second, by the clock and by CPU time."""

    wall: float
    cpu: float


@contextmanager
def broker() -> Iterator[str]:
    """A broker, kept off core 0, as `kafka://host:port`."""
    others = os.sched_getaffinity(0) - {0} or {0}
    os.sched_setaffinity(0, others)
    with new_broker() as running:
        yield f"kafka://{running.bootstrap}"


@dataclass
class Rig:
    """Topics of its own on a broker, and a configuration for the processes on them."""

    broker: str
    brands: Sequence[str]
    partitions: int = 4
    port: int = 0
    directory: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="listener-")))

    def __post_init__(self) -> None:
        self.prefix = f"bench-{time.time_ns()}."
        settings = KafkaSettings(partitions=self.partitions, prefix=self.prefix)
        prepare_topics(Brokers.parse(self.broker), settings)
        self.topics = Topics(settings)
        self.bootstrap = self.broker.removeprefix("kafka://")
        self.config = self.directory / "listener.yaml"
        self.config.write_text(
            json.dumps(
                {
                    "brands": [{"name": name, "terms": [f"@{name}"]} for name in self.brands],
                    "broker": self.broker,
                    "kafka": {"prefix": self.prefix, "partitions": self.partitions},
                    "data_dir": str(self.directory),
                    "metrics": {"port": self.port},
                }
            )
        )

    @classmethod
    def of(cls, address: str, load: Load) -> "Rig":
        return cls(address, load.names)

    def worker(self, core: int = 0) -> subprocess.Popen[bytes]:
        """A real `listener worker`, on one core."""
        command = [sys.executable, *LISTENER, "worker", "--config", str(self.config)]
        with (self.directory / f"worker-{core}.log").open("ab") as log:
            return subprocess.Popen(on_core(core, command), stdout=log, stderr=log)  # noqa: S603 - ours

    def behind(self) -> int:
        """How many records of `mentions` and `tallies` are not yet acknowledged."""
        return sum(self.lag(self.topics.mentions)) + sum(self.lag(self.topics.tallies))

    def lag(self, topic: str) -> list[int]:
        """The unacknowledged records of each partition."""
        consumer = self._consumer()
        places = [TopicPartition(topic, number) for number in range(self.partitions)]
        ends = consumer.end_offsets(places)
        lags = [int(ends[place] - (consumer.committed(place) or 0)) for place in places]
        consumer.close()
        return lags

    def _consumer(self) -> KafkaConsumer:
        return KafkaConsumer(
            bootstrap_servers=self.bootstrap,
            group_id=self.topics.application,
            enable_auto_commit=False,
        )

    def close(self) -> None:
        shutil.rmtree(self.directory, ignore_errors=True)


def on_core(core: int, command: Sequence[str]) -> list[str]:
    return ["taskset", "-c", str(core), *command]


def cpu_seconds(pid: int) -> float:
    """What a process has spent so far, in user and system mode."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def resident_megabytes(pid: int) -> float:
    """The memory that a process holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def work_off(rig: Rig, cores: Sequence[int] = (0,)) -> Rate:
    """Start one worker per core on topics that are full, and see how fast they are emptied.

    By the clock from when a fifth of the mentions was done with (all workers have joined by then)
    to the last row that was stored; by CPU time between the first look that saw something
    acknowledged and the last.
    """
    total = sum(rig.lag(rig.topics.mentions))
    workers = [rig.worker(core) for core in cores]
    looks: list[tuple[int, float]] = []
    deadline = time.monotonic() + _PATIENCE
    try:
        while not looks or looks[-1][0] or rig.behind():
            if time.monotonic() > deadline or any(worker.poll() is not None for worker in workers):
                raise RuntimeError(f"not worked off: see {rig.directory}")
            time.sleep(_LOOK)
            left = sum(rig.lag(rig.topics.mentions))
            if left < total:
                looks.append((left, sum(cpu_seconds(worker.pid) for worker in workers)))
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.wait()
    stored = _stored(rig)
    mentions = sum(count for _, count in stored)
    (first, spent_first), (last, spent_last) = looks[0], looks[-1]
    ended = max(stored[-1][0], _last_row(rig))
    begun, before = _after(stored, mentions // 5)
    return Rate(
        wall=(mentions - before) / (ended - begun),
        cpu=mentions * (first - last) / total / (spent_last - spent_first),
    )


def _after(stored: Sequence[tuple[float, int]], mentions: int) -> tuple[float, int]:
    """When so many mentions had been stored, and how many exactly."""
    done = 0
    for at, count in stored:
        done += count
        if done >= mentions:
            return at, done
    raise ValueError("not so many were stored")


def _stored(rig: Rig) -> list[tuple[float, int]]:
    """When keys of mentions were stored, in seconds, and how many, in order of time."""
    held: dict[bytes, int] = {}
    stored = []
    for row in records(rig.bootstrap, rig.topics.seen_changelog):
        if row.value:  # stored again it holds more
            keys = sum(len(digests) for _, digests in read_seen(row.value)[1])
            stored.append((row.at, keys - held.get(row.key, 0)))
            held[row.key] = keys
    return sorted(stored)


def _last_row(rig: Rig) -> float:
    return max(row.at for row in records(rig.bootstrap, rig.topics.states_changelog))
