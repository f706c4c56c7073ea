"""The Kafka engine's figures, on a real Kafka on this machine, as ratios within one run.

    python -m benchmarks.throughput --data ../shared/data --peers PYTHON [--only envelopes,single]

Everything is repeated in turns, and a ratio is the median of the turns' ratios. By the clock, the
figures suffer from whatever else the machine does; by CPU time they leave out what is waited for.
The peers (`pip install quixstreams bytewax vaderSentiment py3langid orjson`) are left out where
no interpreter that has them is named.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from benchmarks.command_line import add_data, command_line
from benchmarks.kafka_delay import measure_delays
from benchmarks.kafka_load import Load, fill, texts
from benchmarks.kafka_moves import measure_moves
from benchmarks.kafka_overload import measure_overload
from benchmarks.kafka_rig import Rate, Rig, broker, on_core, work_off
from benchmarks.kafka_state import measure_memory, measure_restart
from listener.loop import run_loop

_PATIENCE: Final = 900.0


@dataclass(frozen=True, slots=True)
class Bench:
    """What every part is given."""

    address: str
    load: Load
    rounds: int
    peers: str | None
    is_long: bool

    def rig(self, load: Load | None = None, *, single: bool = False) -> Rig:
        """Topics with the load on them."""
        load = load or self.load
        rig = Rig.of(self.address, load)
        run_loop(fill(self.address, rig.topics, rig.directory, load, single=single))
        return rig


def _bare(kind: str, file: Path, mentions: int) -> Rate:
    """A reference, in a process of its own on the same core."""
    return _told(_bare_command(kind, file, mentions))


def _bare_command(kind: str, file: Path, mentions: int) -> list[str]:
    return [sys.executable, "-m", "benchmarks.kafka_bare", kind, str(file), str(mentions)]


def peer(python: str, name: str, rig: Rig, mentions: int) -> Rate:
    """A peer on the same records and core, run by another interpreter."""
    script = str(Path(__file__).with_name("kafka_peers.py"))
    arguments = [name, rig.bootstrap, rig.topics.mentions, str(mentions)]
    return _told([python, script, *arguments])


def _told(command: Sequence[str]) -> Rate:
    (rate,) = _told_on((0,), command)
    return rate


def _told_on(cores: Sequence[int], command: Sequence[str]) -> list[Rate]:
    """What a process on each of these cores says, all at the same time."""
    processes = [
        subprocess.Popen(on_core(core, command), stdout=subprocess.PIPE, text=True)  # noqa: S603 - ours
        for core in cores
    ]
    rates = []
    for process in processes:
        said, _ = process.communicate(timeout=_PATIENCE)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command)
        rates.append(Rate(**json.loads(said.splitlines()[-1])))
    return rates


def vader(bench: Bench) -> None:
    """The whole path against VADER alone on the same texts."""
    turns = []
    for _ in range(bench.rounds):
        rig = bench.rig()
        file = rig.directory / "texts.json"
        file.write_text(json.dumps([mention.text for mention in bench.load.mentions()]))
        turns.append((work_off(rig), _bare("vader", file, bench.load.count)))
        rig.close()
    report("whole path, envelopes of 50", "VADER alone", turns, 8 / 11)


def envelopes(bench: Bench) -> None:
    """The whole path against the same pure pipeline in a bare loop."""
    turns = []
    for _ in range(bench.rounds):
        rig = bench.rig()
        turns.append((work_off(rig), _bare("pipeline", rig.config, bench.load.count)))
        rig.close()
    report("whole path, envelopes of 50", "bare aiokafka loop", turns, 0.85)


def single(bench: Bench) -> None:
    """One mention a record, as other tools' producers send them, against Faust alone."""
    turns = []
    for _ in range(bench.rounds):
        rig = bench.rig(single=True)
        turns.append((work_off(rig), _bare("faust", rig.config, bench.load.count)))
        rig.close()
    report("whole path, single mentions", "no-op Faust agent", turns, 0.45)


def peers(bench: Bench) -> None:
    """The whole path against peers that do less."""
    if bench.peers is None:
        print("peers: left out; name an interpreter that has them with --peers PYTHON")
        return
    for is_single in (False, True):
        turns: dict[str, list[tuple[Rate, Rate]]] = {"quixstreams": [], "bytewax": []}
        for _ in range(bench.rounds):
            rig = bench.rig(single=is_single)
            ours = work_off(rig)
            for name, some in turns.items():
                some.append((ours, peer(bench.peers, name, rig, bench.load.count)))
            rig.close()
        kind = "single mentions" if is_single else "envelopes of 50"
        for name, some in turns.items():
            report(f"whole path, {kind}", name, some, 1.2)


def workers(bench: Bench) -> None:
    """Two workers on two cores against one; by CPU time 2.00 is what could be had at best.

    What two cores of this machine are worth is told by two processes that share nothing.
    """
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "texts.json"
        file.write_text(json.dumps([mention.text for mention in bench.load.mentions()]))
        control, turns = [], []
        for _ in range(bench.rounds):
            command = _bare_command("vader", file, bench.load.count)
            both, alone = (_told_on(cores, command) for cores in ((0, 1), (0,)))
            control.append((Rate(sum(one.wall for one in both), 2 * both[0].cpu), alone[0]))
            two, one = (_worked_off(bench, bench.load, cores) for cores in ((0, 1), (0,)))
            turns.append((replace(two, cpu=2 * two.cpu), one))
    report("two processes of VADER", "one", control, 2.0)
    report("two workers", "one", turns, 1.8)


def famous(bench: Bench) -> None:
    """Two workers, one brand with 95 % of the mentions, against an even spread."""
    turns = []
    for _ in range(bench.rounds):
        loads = replace(bench.load, famous=0.95), bench.load
        uneven, even = (_worked_off(bench, load, (0, 1)) for load in loads)
        turns.append((uneven, even))
    report("one brand with 95 %", "even spread", turns, 0.95)


def latency(bench: Bench) -> None:
    """From the end of a step of event time to its alerts on the topic, at half the maximum load.

    The more brands share a load, the more of its mentions are tallies of their own.
    """
    for brands in (200, 2000):
        load = replace(bench.load, brands=brands)
        found = measure_delays(bench.address, load, seconds=300 if bench.is_long else 60)
        cuts = statistics.quantiles(found.seconds, n=100)
        print(
            f"step's end -> alert on crisis-alerts, {brands:,} brands at {found.rate:,.0f} "
            f"mentions/s ({found.busy:.0%} of a core), {len(found.seconds)} alerts: "
            f"p50 {cuts[49]:.2f} s, p99 {cuts[98]:.2f} s (goal 1 s, 3 s)",
            flush=True,
        )


def overload(bench: Bench) -> None:
    """The early warning against the counted alert, behind ten times the load."""
    waiting = 10 * bench.load.count
    told = measure_overload(bench.address, waiting)
    early = "none" if told.early is None else f"{told.early:.0f} s"
    print(
        f"behind {waiting:,} mentions: early warning after {early}, counted alert after "
        f"{told.counted:.0f} s",
        flush=True,
    )


def restart(bench: Bench) -> None:
    """From the start of the process to the first evaluation, with the state of 5,000 brands.

    With `--long` also behind as many rows as are stored within a quarter of an hour at most.
    """
    for times in (1, 36) if bench.is_long else (1,):
        taken = [measure_restart(bench.address, 5000, times=times) for _ in range(bench.rounds)]
        first, last, cpu = (
            statistics.median(found)
            for found in zip(*((one.first, one.last, one.cpu) for one in taken), strict=True)
        )
        print(
            f"restart with 5,000 brands in {5000 * times:,} rows: first evaluation after "
            f"{first:.1f} s (goal 15 s), all after {last:.1f} s, {cpu:.1f} s of CPU time by then",
            flush=True,
        )


def moves(bench: Bench) -> None:
    """How long partitions stand still while workers come and go."""
    for pause in measure_moves(bench.address, bench.load):
        print(
            f"{pause.change}: partitions that stay pause {pause.shortest:.1f} s (goal 3 s), "
            f"those that move up to {pause.longest:.1f} s",
            flush=True,
        )


def memory(bench: Bench) -> None:
    """A worker's memory over many mentions of 5,000 brands, 1,000 a second of event time, which is
    said once a second, as ingest does."""
    count = 10_000_000 if bench.is_long else 5 * bench.load.count
    load = replace(bench.load, count=count, brands=5000, per_second=1000, portion=1000)
    held = measure_memory(bench.address, load)
    half = held[len(held) // 2 :]
    print(
        f"memory over {count:,} mentions of 5,000 brands: at most {max(held):.0f} MB, last half "
        f"{min(half):.0f} to {max(half):.0f} MB (goal 500 MB, +-5 %)",
        flush=True,
    )


def _worked_off(bench: Bench, load: Load, cores: Sequence[int]) -> Rate:
    rig = bench.rig(load)
    rate = work_off(rig, cores)
    rig.close()
    return rate


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


PARTS: Final[Mapping[str, Callable[[Bench], None]]] = {
    "vader": vader,
    "envelopes": envelopes,
    "single": single,
    "peers": peers,
    "workers": workers,
    "famous": famous,
    "latency": latency,
    "overload": overload,
    "restart": restart,
    "moves": moves,
    "memory": memory,
}


def main() -> None:
    parser = command_line(__doc__)
    add_data(parser, "mentions/airlines.csv", required=False)
    parser.add_argument("--only", default=",".join(PARTS), help="some of: %(default)s")
    parser.add_argument("--peers", metavar="PYTHON", help="an interpreter that has the peers")
    parser.add_argument("--mentions", type=int, default=60_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--long", action="store_true", help="as many as the goals speak of")
    options = parser.parse_args()
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=12)
    load = Load(texts(options.data), options.mentions, start)
    with broker() as address:
        for name in options.only.split(","):
            PARTS[name](Bench(address, load, options.rounds, options.peers, options.long))


if __name__ == "__main__":
    main()
