"""How soon the early warning comes where a worker has a long backlog before it.

Mentions of two days ago keep one worker busy; behind them a brand with a usual past is flooded
with complaints of the last 100 s. Both alerts are waited for from when all of the flood is there.
"""

import shutil
import tempfile
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from tests.faults.recording import BRAND, make_recording
from tests.faults.system import System
from tests.integration.backlog import PARTITIONS, Backlog, is_early, know_the_past, tell_time

_FLOOD: Final = 20_000
_PATIENCE: Final = 900.0


@dataclass(frozen=True, slots=True)
class Overload:
    """Seconds until the early warning, which may not come, and until the counted alert."""

    early: float | None
    counted: float


def measure_overload(address: str, waiting: int) -> Overload:
    """With so many mentions `waiting` before the flood."""
    directory = Path(tempfile.mkdtemp(prefix="listener-"))
    make_recording(directory / "recording.jsonl", seed=5, mentions=10)
    system = System(
        directory,
        directory / "recording.jsonl",
        BRAND,
        bootstrap=address.removeprefix("kafka://"),
        prefix=f"bench-{uuid.uuid4().hex[:8]}.",
        partitions=PARTITIONS,
    )
    with system.start("topics") as topics:
        topics.finish()
    know_the_past(system, datetime.now(UTC) - timedelta(minutes=20))
    with system.start("worker") as worker:
        Backlog(system).pile_up(waiting=waiting, flood=_FLOOD)
        flooded = time.monotonic()
        seen: dict[bool, float] = {}
        while False not in seen:
            tell_time(system)
            time.sleep(0.5)
            waited = time.monotonic() - flooded
            for alert in system.delivered():
                seen.setdefault(is_early(alert), waited)
            if waited > _PATIENCE or not worker.running:
                raise RuntimeError(f"no alert: see {directory}")
        worker.stop()
    shutil.rmtree(directory)
    return Overload(seen.get(True), seen[False])
