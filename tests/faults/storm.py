"""One run under fire: everything that can go wrong does, at random, then all is compared.

Nothing that is random is drawn from anywhere but the seed, but when a fault hits depends on the
machine, so a seed repeats the faults and their pauses and not the exact moment.
"""

import random
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from kafka.errors import KafkaError

from detectors.records import Deletion, Envelope, dumps
from tests.faults.clock import Clock
from tests.faults.line import Line
from tests.faults.oracle import Expected, counted, expect
from tests.faults.outcome import Outcome, observe
from tests.faults.recording import BRAND, OTHERS, deal, make_recording, quiet_posts
from tests.faults.slack import Slack
from tests.faults.system import Listener, System
from tests.faults.topics import put
from tests.kafka.broker import Broker

INGEST: Final = "ingest"
WORKERS: Final = ("worker-1", "worker-2")
# Event time that is played while the faults hit: the recording spans 43 hours. About 15 seconds
# for three faults, 35 for eight.
_SPEED_BY_FAULT: Final = 40_000
_SETTLE_SECONDS: Final = 240.0
_JUMPS: Final = (-86_400, -3_600, -30, 30, 3_600, 86_400)
_DELETIONS: Final = 20
PROCESSES: Final = (INGEST, *WORKERS)


@dataclass
class Storm:
    """A running system and the faults that may hit it."""

    system: System
    slack: Slack
    dice: random.Random
    deletions: list[Deletion]
    broker: Broker | None = None
    lines: Mapping[str, Line] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    running: dict[str, Listener] = field(default_factory=dict)
    clocks: dict[str, Clock] = field(default_factory=dict)

    def start(self) -> None:
        for name in PROCESSES:
            self.clocks[name] = Clock(self.system.directory / f"{name}.clock")
            self.begin(name)

    def begin(self, name: str) -> None:
        """Start that process, with a clock of its own."""
        command = (INGEST, "--until-done") if name == INGEST else ("worker",)
        line = self.lines.get(name)
        self.running[name] = self.system.start(
            *command,
            name=name,
            clock=self.clocks[name],
            bootstrap=line.address if line else None,
        )

    def strike(self, count: int) -> None:
        """`count` faults, one after the other."""
        possible: list[Callable[[], str]] = [
            self.kill_worker,
            self.kill_ingest,
            self.freeze_worker,
            self.stop_worker,
            self.lend_worker,
            self.take_file_away,
            self.take_slack_away,
            self.let_slack_fail,
            self.delete,
            self.litter,
            self.set_clock,
        ]
        if self.broker is not None:
            possible += [self.kill_broker, self.freeze_broker, self.slow_broker]
        if self.lines:
            possible.append(self.cut_line)
        for _ in range(count):
            time.sleep(self.dice.uniform(0.5, 4))
            self.faults.append(self.dice.choice(possible)())
            self.tend()

    def tend(self) -> None:
        """What any supervisor does: start anew what has failed, as for want of a broker."""
        for name, process in self.running.items():
            if process.failed or (name != INGEST and not process.running):
                self.begin(name)

    def kill_worker(self) -> str:
        name = self.dice.choice(WORKERS)
        self.running[name].kill()
        time.sleep(self.dice.uniform(0, 3))
        self.begin(name)
        return f"{name} killed"

    def stop_worker(self) -> str:
        name = self.dice.choice(WORKERS)
        code = self.running[name].stop(30)
        self.begin(name)
        return f"{name} stopped ({code})"

    def freeze_worker(self) -> str:
        """Long enough that the group goes on without it, or not."""
        seconds = self.dice.choice((2, 9, 12))
        name = self.dice.choice(WORKERS)
        self.running[name].pause()
        time.sleep(seconds)
        self.running[name].resume()
        return f"{name} frozen {seconds} s"

    def lend_worker(self) -> str:
        """A third one comes, takes its share of the partitions, and goes or is killed."""
        seconds = self.dice.choice((4, 8))
        ending = self.dice.choice(("stopped", "killed"))
        with self.system.start("worker", name="worker-3") as lent:
            time.sleep(seconds)
            if ending == "stopped" and lent.running:
                lent.stop(30)
        return f"third worker for {seconds} s, {ending}"

    def kill_ingest(self) -> str:
        if not self.running[INGEST].running:
            return "ingest done"
        self.running[INGEST].kill()
        self.begin(INGEST)
        return "ingest killed"

    def take_file_away(self) -> str:
        seconds = self.dice.choice((3, 8))
        with self.system.without_sink():
            time.sleep(seconds)
        return f"sink's directory away {seconds} s"

    def take_slack_away(self) -> str:
        seconds = self.dice.choice((3, 8))
        self.slack.close()
        time.sleep(seconds)
        self.slack.open()
        return f"Slack away {seconds} s"

    def let_slack_fail(self) -> str:
        seconds = self.dice.choice((3, 8))
        self.slack.fails = True
        time.sleep(seconds)
        self.slack.fails = False
        return f"Slack answers 500 for {seconds} s"

    def set_clock(self) -> str:
        name = self.dice.choice(PROCESSES)
        seconds = self.dice.choice(_JUMPS)
        self.clocks[name].jump(seconds)
        return f"clock of {name} set {seconds:+d} s"

    def cut_line(self) -> str:
        """As `freeze_worker`, but it runs on, and what it sent meanwhile comes late."""
        seconds = self.dice.choice((2, 9, 20))
        name = self.dice.choice(sorted(self.lines))
        self.lines[name].cut()
        time.sleep(seconds)
        self.lines[name].mend()
        return f"{name} cut off {seconds} s"

    def delete(self) -> str:
        """Posts are taken back, some of them before they come: their counts stay."""
        gone = self.dice.sample(self.deletions, _DELETIONS)
        return f"{_DELETIONS} deleted{self._put(dumps(Envelope(deletions=tuple(gone)).to_json()))}"

    def litter(self) -> str:
        """Records that nobody can read, between those that everybody can."""
        return f"litter{self._put(b'litter')}"

    def _put(self, value: bytes) -> str:
        """Put it on every partition of `mentions`; why it is not on all of them, if it isn't."""
        system = self.system
        try:
            put(str(system.bootstrap), f"{system.prefix}mentions", system.partitions, value)
        except KafkaError as error:
            return f" ({type(error).__name__})"
        return ""

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

    def slow_broker(self) -> str:
        """As on a disk that makes every write wait."""
        if self.broker is None:
            return "no broker"
        pulses = self.dice.choice((5, 15))
        for _ in range(pulses):
            self.broker.pause()
            time.sleep(0.5)
            self.broker.resume()
            time.sleep(0.1)
        return f"broker slow for {pulses} pulses"

    def settle(self, expected: Expected) -> None:
        """Everything runs again: wait until all is worked off, or no longer."""
        deadline = time.monotonic() + _SETTLE_SECONDS
        while not self._has_settled(expected):
            if time.monotonic() > deadline:
                self.faults.append("never settled")
                break
            self.tend()
            time.sleep(0.5)
        for name in WORKERS:
            self.running[name].stop(30)

    def _has_settled(self, expected: Expected) -> bool:
        if self.running[INGEST].running:
            return False
        delivered = {alert["alert_id"] for alert in self.system.delivered()}
        return (
            min(len(delivered), len(set(self.slack.told))) >= len(expected.alerts)
            and counted(self.system) == expected.counts
        )

    def end(self) -> None:
        self.slack.close()
        for process in self.running.values():
            if process.running:
                process.resume()
                process.kill()


def run(
    directory: Path,
    bootstrap: str,
    *,
    seed: int,
    faults: int,
    broker: Broker | None = None,
    lines: Mapping[str, Line] | None = None,
) -> Outcome:
    """One run; `broker` is hit too where it is given, and so are the `lines` of processes to it."""
    began = time.monotonic()
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    recording = directory / "recording.jsonl"
    make_recording(recording, seed, others=OTHERS)
    expected = expect(recording, BRAND, *OTHERS)
    slack = Slack()
    system = System(
        directory,
        deal(recording, seed),
        BRAND,
        bootstrap=bootstrap,
        prefix=f"storm-{seed}-{time.time_ns()}.",
        partitions=4,
        speed=_SPEED_BY_FAULT / (faults + 1),
        more_sinks=[slack.settings],
        more_brands=OTHERS,
    )
    storm = Storm(system, slack, random.Random(seed), quiet_posts(recording), broker, lines or {})
    try:
        storm.start()
        storm.strike(faults)
        storm.settle(expected)
        return observe(
            system,
            seed=seed,
            faults=storm.faults,
            expected=expected,
            told=slack.told,
            seconds=time.monotonic() - began,
        )
    finally:
        storm.end()
