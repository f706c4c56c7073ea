"""How long after a step of event time its alerts are on `crisis-alerts`, under a steady load.

Mentions are sent five times a second as they are published, each time with the watermark that a
source without lateness would give: what a connector takes to bring a mention, and the lateness
that is configured (2 s), come on top. In every step another few brands are suddenly complained
of by forty people.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from typing import Final

from benchmarks.kafka_load import Load
from benchmarks.kafka_rig import Rig
from detectors.records import Alert, Mention, loads
from detectors.scoring import STEP
from listener.engines.kafka.log import KafkaLog
from listener.ingest import Portion
from listener.loop import run_loop
from sinks.brokers import Brokers
from tests.faults.topics import records

_PER_SECOND: Final = 5
_CROWD: Final = 40
_SETTLE_SECONDS: Final = 20.0
_STRUCK: Final = 10
_COMPLAINT: Final = "@{} is down again, this is terrible, awful and useless"


def measure_delays(address: str, load: Load, rate: float, seconds: int) -> list[float]:
    """Seconds from the end of the step that an alert was evaluated at to its record's time."""
    rig = Rig.of(address, load)
    worker = rig.worker()
    try:
        run_loop(_play(rig, load, rate, seconds))
    finally:
        worker.terminate()
        worker.wait()
    alerts = records(rig.bootstrap, rig.topics.alerts)
    rig.close()
    first: dict[str, float] = {}
    for record in alerts:
        alert = Alert.from_json(loads(record.value))
        first.setdefault(alert.alert_id, record.at - alert.at.timestamp())
    return list(first.values())


async def _play(rig: Rig, load: Load, rate: float, seconds: int) -> None:
    log = KafkaLog(Brokers.parse(rig.broker), rig.topics, rig.directory)
    await log.append(Portion(watermark=datetime.now(UTC) - timedelta(hours=2)))
    await asyncio.sleep(_SETTLE_SECONDS)
    mentions = _endless(load)
    struck: set[int] = set()
    begun = time.monotonic()
    for turn in range(seconds * _PER_SECOND):
        await asyncio.sleep(max(begun + turn / _PER_SECOND - time.monotonic(), 0.0))
        now = datetime.now(UTC)
        some = [replace(m, published_at=now) for m in islice(mentions, int(rate / _PER_SECOND))]
        step = int(now.timestamp()) // STEP
        if step not in struck:
            struck.add(step)
            some += list(_complaints(len(struck), load.names, now))
        await log.append(Portion(mentions=some, watermark=now))
    await asyncio.sleep(_SETTLE_SECONDS)
    await log.close()


def _endless(load: Load) -> Iterator[Mention]:
    for lap in count():
        for mention in load.mentions():
            yield replace(mention, id=f"{lap}-{mention.id}")


def _complaints(turn: int, names: Sequence[str], now: datetime) -> Iterator[Mention]:
    for place in range(_STRUCK):
        name = names[(turn * _STRUCK + place) % len(names)]
        for person in range(_CROWD):
            yield Mention(
                id=f"{turn}-{place}-{person}",
                text=_COMPLAINT.format(name),
                published_at=now,
                source="bluesky",
                kind="microblog",
                author=f"{name}-{person}",
            )
