"""What the engine is compared with, each in a process of its own (see `throughput`).

    python -m benchmarks.kafka_bare {pipeline,faust,vader} FILE MENTIONS

`pipeline`: the same pure pipeline in a bare aiokafka loop, nothing sent, nothing stored.
`faust`: a Faust agent with the engine's settings that does nothing with its records.
`vader`: VADER alone on the texts. Prints mentions a second, by the clock and by CPU time.
"""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import uvloop
from aiokafka import AIOKafkaConsumer, TopicPartition
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from benchmarks.command_line import command_line
from benchmarks.kafka_rig import Rate
from detectors.dedupe import Seen
from detectors.records import Progress
from detectors.records.envelope import parse_envelope
from listener.engines.kafka.app import make_app
from listener.engines.kafka.topics import Topics
from listener.ingest import utc_now
from listener.pipeline import make_detector, make_scorer
from listener.settings import Settings, load_settings


@dataclass
class Timer:
    """Counts mentions from the first on."""

    count: int = 0
    wall: float = 0.0
    cpu: float = 0.0

    def start(self) -> None:
        self.wall, self.cpu = time.perf_counter(), time.process_time()

    def rate(self) -> Rate:
        return Rate(
            self.count / (time.perf_counter() - self.wall),
            self.count / (time.process_time() - self.cpu),
        )


async def pipeline(settings: Settings, wanted: int) -> Rate:
    """Consume, parse, de-duplicate, language, sentiment, tally, detect."""
    topics = Topics(settings.kafka)
    places = [TopicPartition(topics.mentions, number) for number in range(topics.partitions)]
    scorer = make_scorer(settings.pipeline)
    detector = make_detector(settings.pipeline, sources=topics.partitions)
    seen = [Seen() for _ in places]
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.broker.removeprefix("kafka://"), auto_offset_reset="earliest"
    )
    await consumer.start()
    consumer.assign(places)
    timer = Timer()
    timer.start()
    while timer.count < wanted:
        for place, records in (await consumer.getmany(timeout_ms=1000, max_records=500)).items():
            for record in records:
                envelope, _ = parse_envelope(record.value, now=utc_now())
                number, offset = place.partition, record.offset
                score = scorer.tally(envelope.mentions, number, offset, seen[number].only_new)
                timer.count += len(score.mentions)
                for tally in score.tallies:
                    detector.fold(tally)
                if envelope.watermark is not None:
                    detector.advance(Progress(number, envelope.watermark))
    rate = timer.rate()
    await consumer.stop()
    return rate


async def no_op(settings: Settings, wanted: int) -> Rate:
    """Faust alone: records are taken and acknowledged."""
    topics = Topics(replace(settings.kafka, group="no-op"))
    app = make_app(settings.brokers, topics, has_room=lambda topic: True)
    app.transport = app._new_transport()  # as it is without us: record by record
    topic = app.topic(
        topics.mentions,
        key_serializer="raw",
        value_serializer="raw",
        value_type=bytes,
    )
    timer, done = Timer(), asyncio.Event()

    async def nothing(stream: Any) -> None:  # Faust ships no types
        async for _ in stream:
            if not timer.count:
                timer.start()
            timer.count += 1
            if timer.count == wanted:
                done.set()

    app.agent(topic, name="no-op", concurrency=1)(nothing)
    await app.start()
    await done.wait()
    rate = timer.rate()
    await app.stop()
    return rate


def vader(texts: list[str]) -> Rate:
    """VADER's own scorer on the same texts."""
    score: Callable[[str], object] = SentimentIntensityAnalyzer().polarity_scores
    timer = Timer()
    timer.start()
    for text in texts:
        score(text)
        timer.count += 1
    return timer.rate()


def main() -> None:
    parser = command_line(__doc__)
    parser.add_argument("kind", choices=["pipeline", "faust", "vader"])
    parser.add_argument("file", type=Path, help="a configuration; for vader, texts as JSON")
    parser.add_argument("mentions", type=int)
    asked = parser.parse_args()
    if asked.kind == "vader":
        rate = vader(json.loads(asked.file.read_text("utf-8")))
    else:
        settings = load_settings(asked.file)
        work = pipeline if asked.kind == "pipeline" else no_op
        rate = uvloop.run(work(settings, asked.mentions))
    print(json.dumps(asdict(rate)))


if __name__ == "__main__":
    main()
