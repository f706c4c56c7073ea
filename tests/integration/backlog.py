"""A backlog on `mentions` with a flood at its end, of a brand that is known."""

import itertools
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from kafka import KafkaProducer

from detectors.records import Envelope, Mention, dumps
from detectors.scoring import STEP
from listener.engines.kafka.brand_rows import brand_row
from listener.engines.kafka.log import partition_of
from listener.engines.kafka.rows import Version
from tests.faults.recording import BRAND
from tests.faults.system import System
from tests.faults.topics import put
from tests.unit.detectors.streams import DAY, Stream

NAME: Final = BRAND[0]
PARTITIONS: Final = 2
_NEVER_ENDING: Final = "that they put the new mast up on Monday and moved the line over, " * 4
_BAD: Final = f"{NAME} is down again, this is terrible"


def know_the_past(system: System, until: datetime) -> None:
    """The row of the brand after two usual days, as its worker would have left it."""
    start = int(until.timestamp()) // STEP * STEP - 2 * DAY
    stream = Stream(start=start, brand=NAME)
    stream.say(2 * DAY, every=600, negative=1, neutral=3)
    assert stream.alerts == []
    state = {**stream.detector.states[NAME].to_json(), "positions": {}}
    producer = KafkaProducer(bootstrap_servers=system.bootstrap)
    producer.send(
        f"{system.prefix}listener-states-changelog",
        brand_row(state, []),
        key=NAME.encode(),
        partition=partition_of(NAME, PARTITIONS),
        headers=Version(1, 0).headers,
    )
    producer.close()


class Backlog:
    """What is piled up before a worker, round after round."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._numbers = itertools.count()

    def pile_up(self, *, waiting: int, flood: int) -> None:
        """So many mentions of two days ago, which take their time to be scored and are too late
        to be counted, and behind them a flood of complaints of the last hundred seconds."""
        now = datetime.now(UTC)
        old = now - timedelta(days=2)
        numbers = [next(self._numbers) for _ in range(waiting)]
        send(self._system, [said(n, f"{n}: {NAME} says {_NEVER_ENDING}", old) for n in numbers])
        moments = [now - timedelta(seconds=100 * (1 - n / flood)) for n in range(flood)]
        send(self._system, [said(next(self._numbers), _BAD, moment) for moment in moments])


def said(number: int, text: str, at: datetime) -> Mention:
    return Mention(
        id=str(number),
        text=text,
        published_at=at,
        source="chirp",
        kind="microblog",
        author=f"person {number}",
        language="en",
    )


def send(system: System, mentions: Sequence[Mention]) -> None:
    producer = KafkaProducer(bootstrap_servers=system.bootstrap, compression_type="gzip")
    for partition in range(PARTITIONS):
        mine = [one for one in mentions if partition_of(one.key, PARTITIONS) == partition]
        for envelope in envelopes(mine):
            topic = f"{system.prefix}mentions"
            producer.send(topic, dumps(envelope.to_json()), partition=partition)
    producer.flush()
    producer.close()


def envelopes(mentions: Sequence[Mention]) -> Iterable[Envelope]:
    for start in range(0, len(mentions), 50):
        yield Envelope(tuple(mentions[start : start + 50]))


def tell_time(system: System) -> None:
    """Event time has come as far as the clock."""
    envelope = Envelope(watermark=datetime.now(UTC))
    put(str(system.bootstrap), f"{system.prefix}mentions", PARTITIONS, dumps(envelope.to_json()))


def is_early(alert: dict[str, object]) -> bool:
    reason = alert["reason"]
    return isinstance(reason, dict) and "estimate" in reason
