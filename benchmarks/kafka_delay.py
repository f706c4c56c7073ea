"""How long after a step of event time its alerts are on `crisis-alerts`, under a steady load.

Mentions are sent five times a second as they are published, and once a second, as ingest does,
the watermark that a source without lateness would give: what a connector takes to bring a
mention, and the lateness that is configured (2 s), come on top. The load is half the maximum: as
much as leaves the worker half of its core. None of it is negative; but in every step another few
brands are suddenly complained of by forty people.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from typing import Final

from benchmarks.kafka_load import Load
from benchmarks.kafka_rig import Rig, cpu_seconds
from detectors.records import Alert, Mention, loads
from detectors.scoring import STEP
from detectors.sentiment import SentimentScorer
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
_HALF: Final = 0.5
_FIRST_RATE: Final = 200.0
_TRIALS: Final = 3
_TRIAL_SECONDS: Final = 20
_MOST_TIMES: Final = 6.0  # a first trial is mostly what costs the same under every load


@dataclass(frozen=True, slots=True)
class Delays:
    """Seconds from the end of the step that an alert was evaluated at to its record's time.

    At `rate` mentions a second, with which the worker was `busy` for such a part of the time.
    """

    rate: float
    busy: float
    seconds: list[float]


def measure_delays(address: str, load: Load, seconds: int) -> Delays:
    """Play for so many seconds, once it is known what half the load is."""
    rig = Rig.of(address, load)
    worker = rig.worker()
    player = _Player(rig, load, worker.pid)
    try:
        run_loop(player.run(seconds))
    finally:
        worker.terminate()
        worker.wait()
    alerts = records(rig.bootstrap, rig.topics.alerts)
    rig.close()
    first: dict[str, float] = {}
    for record in alerts:
        alert = Alert.from_json(loads(record.value))
        first.setdefault(alert.alert_id, record.at - alert.at.timestamp())
    return Delays(player.rate, player.busy, list(first.values()))


class _Player:
    """Sends a load as its mentions are published, and sees how busy the worker is with it."""

    def __init__(self, rig: Rig, load: Load, worker: int) -> None:
        self._rig = rig
        self._names = load.names
        self._worker = worker
        self._mentions = _endless(replace(load, texts=_not_negative(load.texts)))
        self._struck: set[int] = set()
        self.rate = _FIRST_RATE
        self.busy = 0.0

    async def run(self, seconds: int) -> None:
        """Find the rate, and play."""
        log = KafkaLog(Brokers.parse(self._rig.broker), self._rig.topics, self._rig.directory)
        await log.append(Portion(watermark=datetime.now(UTC) - timedelta(hours=2)))
        await asyncio.sleep(_SETTLE_SECONDS)
        for _ in range(_TRIALS):
            await self._play(log, _TRIAL_SECONDS, struck=0)
            self.rate *= min(_HALF / self.busy, _MOST_TIMES)
        await self._play(log, seconds, struck=_STRUCK)
        await asyncio.sleep(_SETTLE_SECONDS)
        await log.close()

    async def _play(self, log: KafkaLog, seconds: int, *, struck: int) -> None:
        """So many brands struck in each step."""
        begun, spent, said = time.monotonic(), cpu_seconds(self._worker), 0
        for turn in range(seconds * _PER_SECOND):
            await asyncio.sleep(max(begun + turn / _PER_SECOND - time.monotonic(), 0.0))
            now = datetime.now(UTC)
            usual = islice(self._mentions, int(self.rate / _PER_SECOND))
            some = [replace(mention, published_at=now) for mention in usual]
            second = int(now.timestamp())
            step = second // STEP
            if struck and step not in self._struck:
                self._struck.add(step)
                some += list(_complaints(len(self._struck), struck, self._names, now))
            watermark = now if second > said else None
            said = second
            await log.append(Portion(mentions=some, watermark=watermark))
        self.busy = (cpu_seconds(self._worker) - spent) / (time.monotonic() - begun)


def _not_negative(texts: Sequence[str]) -> list[str]:
    """Else brands that have no past yet would ring all by themselves."""
    scorer = SentimentScorer()
    return [text for text in texts if scorer.score(text, "en").label != "negative"]


def _endless(load: Load) -> Iterator[Mention]:
    for lap in count():
        for mention in load.mentions():
            yield replace(mention, id=f"{lap}-{mention.id}")


def _complaints(turn: int, struck: int, names: Sequence[str], now: datetime) -> Iterator[Mention]:
    for place in range(struck):
        name = names[(turn * struck + place) % len(names)]
        for person in range(_CROWD):
            yield Mention(
                id=f"{turn}-{place}-{person}",
                text=_COMPLAINT.format(name),
                published_at=now,
                source="bluesky",
                kind="microblog",
                author=f"{name}-{person}",
            )
