"""One run under fire: processes are killed and frozen at random, then everything is compared.

Nothing that is random is drawn from anywhere but the seed, but when a fault hits depends on the
machine, so a seed repeats the faults and their pauses and not the exact moment.
"""

import random
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from detectors.records import Counts
from tests.faults.oracle import Expected, counted, distinct, expect, trace
from tests.faults.recording import BRAND, make_recording
from tests.faults.system import Listener, System
from tests.kafka.broker import Broker

WORKERS: Final = 2
# Event time a second: the recording of 43 hours lasts about 15 seconds.
_SPEED: Final = 10_000
_SETTLE_SECONDS: Final = 120.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done, and what came of it."""

    seed: int
    faults: list[str]
    expected: Expected
    counts: Counts
    published: list[dict[str, object]]
    delivered: list[dict[str, object]]
    trace: str
    seconds: float

    @property
    def is_exact(self) -> bool:
        return (
            self.counts == self.expected.totals
            and distinct(self.published) == self.expected.alerts
            and distinct(self.delivered) == self.expected.alerts
        )

    def __str__(self) -> str:
        lost = self.expected.totals.mentions - self.counts.mentions
        return (
            f"seed {self.seed}: {'exact' if self.is_exact else 'WRONG'}; "
            f"{self.expected.totals.mentions} mentions, {lost} lost (negative: counted twice); "
            f"{len(self.expected.alerts)} alerts, {len(self.published)} times published, "
            f"{len(self.delivered)} times delivered; {self.trace}; {self.seconds:.0f} s; "
            f"{', '.join(self.faults) or 'no faults'}"
        )


@dataclass
class Storm:
    """A running system and the faults that may hit it."""

    system: System
    dice: random.Random
    broker: Broker | None = None
    faults: list[str] = field(default_factory=list)
    ingest: Listener | None = None
    workers: list[Listener] = field(default_factory=list)

    def start(self) -> None:
        self.ingest = self.system.start("ingest", "--until-done")
        self.workers = [self.system.start("worker") for _ in range(WORKERS)]

    def strike(self, count: int) -> None:
        """`count` faults, one after the other."""
        possible: list[Callable[[], str]] = [
            self.kill_worker,
            self.kill_ingest,
            self.freeze_worker,
            self.stop_worker,
        ]
        if self.broker is not None:
            possible += [self.kill_broker, self.freeze_broker]
        for _ in range(count):
            time.sleep(self.dice.uniform(0.5, 4))
            self.faults.append(self.dice.choice(possible)())
            self.tend()

    def tend(self) -> None:
        """What any supervisor does: start anew what has failed, as for want of a broker."""
        if self.ingest is not None and self.ingest.failed:
            self.ingest = self.system.start("ingest", "--until-done")
        for place, worker in enumerate(self.workers):
            if not worker.running:
                self.workers[place] = self.system.start("worker")

    def kill_worker(self) -> str:
        place = self.dice.randrange(WORKERS)
        self.workers[place].kill()
        time.sleep(self.dice.uniform(0, 3))
        self.workers[place] = self.system.start("worker")
        return "worker killed"

    def stop_worker(self) -> str:
        place = self.dice.randrange(WORKERS)
        code = self.workers[place].stop(30)
        self.workers[place] = self.system.start("worker")
        return f"worker stopped ({code})"

    def freeze_worker(self) -> str:
        """Long enough that the group goes on without it, or not."""
        seconds = self.dice.choice((2, 9, 12))
        worker = self.dice.choice(self.workers)
        worker.pause()
        time.sleep(seconds)
        worker.resume()
        return f"worker frozen {seconds} s"

    def kill_ingest(self) -> str:
        if self.ingest is None or not self.ingest.running:
            return "ingest done"
        self.ingest.kill()
        self.ingest = self.system.start("ingest", "--until-done")
        return "ingest killed"

    def kill_broker(self) -> str:
        if self.broker is None:
            return "no broker"
        self.broker.kill()
        time.sleep(self.dice.uniform(0, 5))
        self.broker.start()
        return "broker killed"

    def freeze_broker(self) -> str:
        if self.broker is None:
            return "no broker"
        seconds = self.dice.choice((1, 8))
        self.broker.pause()
        time.sleep(seconds)
        self.broker.resume()
        return f"broker frozen {seconds} s"

    def settle(self, expected: Expected) -> None:
        """Everything runs again: wait until all is worked off, or no longer."""
        deadline = time.monotonic() + _SETTLE_SECONDS
        while not self._has_settled(expected):
            if time.monotonic() > deadline:
                self.faults.append("never settled")
                break
            self.tend()
            time.sleep(0.5)
        for worker in self.workers:
            worker.stop(30)

    def _has_settled(self, expected: Expected) -> bool:
        if self.ingest is None or self.ingest.running:
            return False
        told = {alert["alert_id"] for alert in self.system.delivered()}
        return len(told) >= len(expected.alerts) and counted(self.system) == expected.totals

    def end(self) -> None:
        for process in (self.ingest, *self.workers):
            if process is not None and process.running:
                process.resume()
                process.kill()


def run(
    directory: Path, bootstrap: str, seed: int, faults: int, broker: Broker | None = None
) -> Outcome:
    """One run; `broker` is hit too where it is given."""
    began = time.monotonic()
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    recording = directory / "recording.jsonl"
    make_recording(recording, seed)
    expected = expect(recording, BRAND)
    system = System(
        directory,
        recording,
        BRAND,
        bootstrap=bootstrap,
        prefix=f"storm-{seed}-{time.time_ns()}.",
        partitions=4,
        speed=_SPEED,
    )
    storm = Storm(system, random.Random(seed), broker)
    try:
        storm.start()
        storm.strike(faults)
        storm.settle(expected)
        return Outcome(
            seed,
            storm.faults,
            expected,
            counted(system),
            system.published(),
            system.delivered(),
            trace(system),
            time.monotonic() - began,
        )
    finally:
        storm.end()
