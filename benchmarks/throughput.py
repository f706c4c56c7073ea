"""The Kafka engine's figures, on a real Kafka on this machine, as ratios within one run.

    python -m benchmarks.throughput --data ../shared/data [--only envelopes,single] [--long]

Everything is repeated in turns, and the ratio is the median of the turns' ratios.
"""

import argparse
import json
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.kafka_load import Load, fill, texts
from benchmarks.kafka_rig import Rate, Rig, broker, on_core, work_off
from listener.loop import run_loop


@dataclass(frozen=True, slots=True)
class Bench:
    """What every part is given."""

    address: str
    load: Load
    rounds: int

    def rig(self, load: Load | None = None, *, single: bool = False) -> Rig:
        """Topics with the load on them."""
        load = load or self.load
        rig = Rig.of(self.address, load)
        run_loop(fill(self.address, rig.topics, rig.directory, load, single=single))
        return rig


def bare(kind: str, rig: Rig, mentions: int) -> Rate:
    """A reference, in a process of its own on the same core."""
    command = [sys.executable, "-m", "benchmarks.kafka_bare", kind, str(rig.config), str(mentions)]
    told = subprocess.run(  # noqa: S603 - ours
        on_core(0, command), check=True, stdout=subprocess.PIPE, text=True, timeout=600
    )
    return Rate(**json.loads(told.stdout.splitlines()[-1]))


def envelopes(bench: Bench) -> None:
    turns = []
    for _ in range(bench.rounds):
        rig = bench.rig()
        turns.append((work_off(rig), bare("pipeline", rig, bench.load.count)))
        rig.close()
    report("whole path, envelopes of 50", "bare aiokafka loop", turns, 0.85)


def single(bench: Bench) -> None:
    load = replace(bench.load, count=bench.load.count // 4)
    turns = []
    for _ in range(bench.rounds):
        rig = bench.rig(load, single=True)
        turns.append((work_off(rig), bare("faust", rig, load.count)))
        rig.close()
    report("whole path, single mentions", "no-op Faust agent", turns, 0.45)


def report(what: str, reference: str, turns: Sequence[tuple[Rate, Rate]], goal: float) -> None:
    """One line by the clock and one by CPU time."""
    for kind, pick in (("clock", _wall), ("CPU", _cpu)):
        ours = statistics.median(pick(a) for a, _ in turns)
        theirs = statistics.median(pick(b) for _, b in turns)
        ratio = statistics.median(pick(a) / pick(b) for a, b in turns)
        print(
            f"{what} / {reference}, by {kind}: {ours:,.0f} / {theirs:,.0f} mentions/s "
            f"= {ratio:.2f} (goal {goal:.2f})",
            flush=True,
        )


def _wall(rate: Rate) -> float:
    return rate.wall


def _cpu(rate: Rate) -> float:
    return rate.cpu


PARTS = {"envelopes": envelopes, "single": single}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="real texts; else the demo's")
    parser.add_argument("--only", default=",".join(PARTS), help="some of: %(default)s")
    parser.add_argument("--mentions", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=12)
    load = Load(texts(options.data), options.mentions, start)
    with broker() as address:
        for name in options.only.split(","):
            PARTS[name](Bench(address, load, options.rounds))


if __name__ == "__main__":
    main()
