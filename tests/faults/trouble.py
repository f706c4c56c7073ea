"""`python -m tests.faults.trouble away|moved|full`: long troubles of the broker, run by hand.

- `away`: stopped for `--minutes` in the middle of a recording, then started again;
- `moved`: two brokers, the one that leads half of the partitions killed, and back again;
- `full`: a small disk that fills up (`--disk DIRECTORY` on a file system of its own, such as a
  tmpfs of 100 MB), freed again after `--minutes`, the broker started anew.

Prints what /readyz said meanwhile, and whether all was counted and told as it should be: exit
code 1 if not. Nothing of Listener's is restarted; SIGTERM ends it at last.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.faults.oracle import counted, distinct, expect, mentions_in
from tests.faults.recording import BRAND, make_recording
from tests.faults.system import System
from tests.faults.waiting import wait_for
from tests.kafka.server import KafkaServer
from tests.kafka.settings import free_ports

_BALLAST = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Trouble:
    """The brokers, and for how long one of them is in trouble."""

    brokers: list[KafkaServer]
    seconds: float
    disk: Path | None
    look: Callable[[str], None]

    def away(self) -> None:
        self.brokers[0].stop()
        self._watch("the broker is stopped")
        self.brokers[0].start()

    def moved(self) -> None:
        self.brokers[1].kill()
        self._watch("one of two brokers is killed")
        self.brokers[1].start()
        self._watch("it is back")

    def full(self) -> None:
        if self.disk is None:
            raise SystemExit("name the --disk")
        ballast = self.disk / "ballast"
        with ballast.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(_BALLAST))
            except OSError:
                self._watch("the disk is full")
        self.look(f"the broker runs: {self.brokers[0].running}")
        ballast.unlink()
        self.brokers[0].restart()

    def _watch(self, what: str) -> None:
        until = time.monotonic() + self.seconds
        while time.monotonic() < until:
            time.sleep(min(10.0, self.seconds))
            self.look(what)


def _main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.trouble")
    parser.add_argument("trouble", choices=["away", "moved", "full"])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--disk", type=Path)
    options = parser.parse_args()
    directory = Path(tempfile.mkdtemp(prefix="listener-trouble-"))
    path = directory / "recording.jsonl"
    make_recording(path, seed=1)
    expected = expect(path, BRAND)
    with ExitStack() as stack:
        brokers = [stack.enter_context(KafkaServer(data=options.disk))]
        if options.trouble == "moved":
            brokers.append(stack.enter_context(KafkaServer(joins=brokers[0])))
        system = System(
            directory,
            path,
            BRAND,
            bootstrap=",".join(broker.bootstrap for broker in brokers),
            partitions=4,
            replication=len(brokers),
            speed=3_000,
            port=free_ports(1)[0],
        )
        listener = stack.enter_context(system.start("run"))

        def look(what: str) -> None:
            ready = system.why_not_ready() or "ready"
            state = "runs" if listener.running else "ENDED"
            told = len(distinct(system.delivered()))
            sys.stdout.write(f"{time.strftime('%X')} {what}: {state}, {ready}; {told} alerts\n")
            sys.stdout.flush()

        wait_for(lambda: not system.why_not_ready())
        time.sleep(10)
        look("under way")
        trouble = Trouble(brokers, options.minutes * 60, options.disk, look)
        getattr(trouble, options.trouble)()
        wait_for(lambda: not system.why_not_ready(), 300)
        look("over")
        wait_for(lambda: len(distinct(system.delivered())) >= len(expected.alerts), 300)
        code = listener.stop()
        counts = counted(system)
    exact = counts == expected.counts and distinct(system.delivered()) == expected.alerts
    sys.stdout.write(
        f"{options.trouble}: {'exact' if exact else 'WRONG'}; {expected.mentions} mentions, "
        f"{expected.mentions - mentions_in(counts)} lost; exit code {code}; {directory}\n"
    )
    return not exact


if __name__ == "__main__":
    sys.exit(_main())
