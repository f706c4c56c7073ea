"""How much of Bluesky ingest can take: frames of Jetstream to acknowledged mentions on Kafka.

    python -m benchmarks.firehose [--rate 3000] [--seconds 30]

A server on loopback, in a process of its own, sends frames to a real `listener ingest`, which has
core 0 to itself; broker and server share the other cores. Twice for each mix of frames (see
`firehose_source`): at the given rate, which shows how much of the core that costs and whether
everything arrives, and as fast as frames are taken. Each is compared with a bare loop on the same
core that only receives the same frames and parses their JSON.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from benchmarks.command_line import command_line
from benchmarks.kafka_rig import LISTENER, Rig, broker, cpu_seconds, on_core
from tests.faults.topics import Record, records

_SOURCE: Final = ("-m", "benchmarks.firehose_source")
_PATIENCE: Final = 120.0
_LOOK: Final = 1.0


@dataclass(frozen=True, slots=True)
class Run:
    """`rate` in frames a second, `cpu` in seconds of the core that each frame took; `late` is how
    many seconds after the last frame was sent the last mention was on the topic."""

    rate: float
    cpu: float
    late: float = 0.0


def main() -> None:
    """Print one line for each mix and pace."""
    parser = command_line(__doc__)
    parser.add_argument("--rate", type=int, default=3000)
    parser.add_argument("--seconds", type=int, default=30)
    asked = parser.parse_args()
    count = asked.rate * asked.seconds
    with broker() as address:
        for mix in ("posts", "all"):
            for pace in (asked.rate, 0):
                bare, run = _bare(mix, pace, count), _ingest(address, mix, pace, count)
                _report(mix, pace, bare, run)


def _report(mix: str, pace: int, bare: Run, run: Run) -> None:
    speed = f"{pace} frames/s" if pace else "at full speed"
    sys.stdout.write(
        f"{mix}, {speed}: {run.rate:.0f} frames/s, {run.rate * run.cpu:.0%} of a core, "
        f"last mention {run.late:.1f} s after its frame; bare loop {bare.rate:.0f} frames/s, "
        f"{bare.rate * bare.cpu:.0%}; a frame costs {run.cpu / bare.cpu:.1f} times the bare loop's "
        f"CPU time, room for {1 / run.cpu:.0f} frames/s on the core\n"
    )
    sys.stdout.flush()


def _bare(mix: str, pace: int, count: int) -> Run:
    with _server(mix, pace, count) as (_, url):
        command = on_core(0, [sys.executable, *_SOURCE, "read", url, str(count)])
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE)  # noqa: S603 - ours
    told = json.loads(done.stdout)
    return Run(count / told["seconds"], told["cpu"] / count)


def _ingest(address: str, mix: str, pace: int, count: int) -> Run:
    with _server(mix, pace, count) as (server, url):
        rig = Rig(address, ["zilvernet"])
        config = json.loads(rig.config.read_text("utf-8"))
        connector = {"type": "jetstream", "url": url, "allow_http": True, "allow_private": True}
        rig.config.write_text(json.dumps(config | {"connectors": [connector]}), "utf-8")
        command = [sys.executable, *LISTENER, "ingest", "--config", str(rig.config)]
        with (rig.directory / "ingest.log").open("wb") as log:
            ingest = subprocess.Popen(on_core(0, command), stdout=log, stderr=log)  # noqa: S603 - ours
        try:
            began, before = _told(server)["began"], cpu_seconds(ingest.pid)
            sent = _told(server)
            found = _mentions(rig, int(sent["posts"]))
            spent = cpu_seconds(ingest.pid) - before
        finally:
            ingest.terminate()
            ingest.wait()
        rig.close()
    ended = max(record.at for record, mentions in found if mentions)
    return Run(count / (ended - began), spent / count, ended - sent["ended"])


@contextmanager
def _server(mix: str, pace: int, count: int) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    command = [sys.executable, *_SOURCE, "serve", mix, str(pace), str(count)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE)  # noqa: S603 - ours
    try:
        yield server, f"ws://127.0.0.1:{_told(server)['port']}/subscribe"
    finally:
        server.terminate()
        server.wait()


def _told(server: subprocess.Popen[bytes]) -> dict[str, float]:
    assert server.stdout is not None
    told: dict[str, float] = json.loads(server.stdout.readline())
    return told


def _mentions(rig: Rig, expected: int) -> list[tuple[Record, int]]:
    """The records of `mentions`, each with how many it holds, once all that were sent are there."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        time.sleep(_LOOK)
        found = [
            (record, len(json.loads(record.value)["mentions"]))
            for record in records(rig.bootstrap, rig.topics.mentions)
        ]
        if sum(mentions for _, mentions in found) == expected:
            return found
    raise RuntimeError(f"not every mention arrived: see {rig.directory}")


if __name__ == "__main__":
    main()
