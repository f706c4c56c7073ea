"""Mentions for the benchmarks of the Kafka engine: real texts, made-up names, as fast as need be.

With `--data` the texts are 14,640 tweets to airlines, the airline's handle replaced by a made-up
brand's; without, the 2,111 of the demo's recording. Every mention has an id and an author of its
own; event time runs at `PER_SECOND` mentions a second.
"""

import asyncio
import csv
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Final

from kafka import KafkaProducer

from benchmarks.streams import seeded
from detectors.records import Mention, dumps
from listener.engines.kafka.log import KafkaLog, partition_of
from listener.engines.kafka.topics import Topics
from listener.ingest import Portion
from sinks.brokers import Brokers

PER_SECOND: Final = 10_000
_HANDLE: Final = re.compile(r"@\w+")
_SOURCES: Final = (("bluesky", "microblog"), ("mastodon", "microblog"), ("reddit", "forum"))
_DEMO: Final = Path("listener/demo/recording.jsonl")


@dataclass(frozen=True, slots=True)
class Load:
    """`count` mentions of `brands` brands from `start` on; `famous` is the first one's share.

    Event time is said behind every `portion` of them.
    """

    texts: Sequence[str]
    count: int
    start: datetime
    brands: int = 20
    famous: float | None = None
    per_second: float = PER_SECOND
    portion: int = 10_000

    @property
    def names(self) -> list[str]:
        return [f"koperdraad{number}" for number in range(self.brands)]

    def mentions(self) -> Iterator[Mention]:
        chance, names = seeded(1), self.names
        for number in range(self.count):
            is_famous = self.famous is not None and chance.random() < self.famous
            name = names[0] if is_famous else chance.choice(names)
            text = self.texts[number % len(self.texts)]
            source, kind = _SOURCES[number % len(_SOURCES)]
            yield Mention(
                id=str(number),
                text=_HANDLE.sub(f"@{name}", text, count=1) if "@" in text else f"@{name} {text}",
                published_at=self.start + timedelta(seconds=number / self.per_second),
                source=source,
                kind="forum" if kind == "forum" else "microblog",
                author=f"author{number}",
                reach=chance.randrange(2000),
            )


def texts(data: Path | None) -> list[str]:
    """What people wrote."""
    if data is not None:
        with (data / "mentions/airlines.csv").open(newline="", encoding="utf-8") as file:
            return [row["text"] for row in csv.DictReader(file)]
    return [json.loads(line)["text"] for line in _DEMO.read_text("utf-8").splitlines()]


async def fill(broker: str, topics: Topics, directory: Path, load: Load, *, single: bool) -> None:
    """Put the load on `mentions`: by ingest's own way in, or each mention as a record of its own.

    Event time is ingest's in both cases: the last watermark lets the last step be evaluated.
    """
    log = KafkaLog(Brokers.parse(broker), topics, directory)
    mentions = load.mentions()
    while some := list(islice(mentions, load.portion)):
        if single:
            await asyncio.to_thread(_send_singly, broker, topics, some)
        watermark = some[-1].published_at
        await log.append(Portion(mentions=() if single else some, watermark=watermark))
    await log.close()


def _send_singly(broker: str, topics: Topics, mentions: Sequence[Mention]) -> None:
    producer = KafkaProducer(
        bootstrap_servers=broker.removeprefix("kafka://"), compression_type="gzip", linger_ms=50
    )
    for mention in mentions:
        partition = partition_of(mention.key, topics.partitions)
        producer.send(topics.mentions, value=dumps(mention.to_json()), partition=partition)
    producer.flush(60)
    producer.close()
