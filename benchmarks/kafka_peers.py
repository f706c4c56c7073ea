"""Peers on the same records: parse, fast language detection, VADER, counts by brand and window.

    PYTHON benchmarks/kafka_peers.py {quixstreams,bytewax} HOST:PORT TOPIC MENTIONS

PYTHON has quixstreams, bytewax, vaderSentiment, py3langid and orjson; nothing of this project is
imported. Both are spared what they do slowly: neither repartitions by brand, and counts are added
up per record before they are kept in the peer's own state. Sentiment is VADER's, unmodified, and
the language py3langid's. Prints mentions a second from the first record on, by the clock and by
CPU time.
"""

import json
import os
import re
import tempfile
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import orjson
import py3langid
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

_HANDLE = re.compile(r"@(\w+)")
_STEP = 10
_analyser = SentimentIntensityAnalyzer()


class Timer:
    """Ends the process once all is counted: neither peer knows when a topic is done."""

    def __init__(self, wanted: int) -> None:
        self.left, self.wanted = wanted, wanted
        self.wall = self.cpu = 0.0

    def begin(self) -> None:
        if not self.wall:
            self.wall, self.cpu = time.perf_counter(), time.process_time()

    def count(self, mentions: int) -> None:
        self.left -= mentions
        if self.left <= 0:
            wall, cpu = time.perf_counter() - self.wall, time.process_time() - self.cpu
            print(json.dumps({"wall": self.wanted / wall, "cpu": self.wanted / cpu}), flush=True)
            os._exit(0)


def score(record: bytes) -> Counter[str]:
    """Mentions by brand, window, language and sentiment."""
    value = orjson.loads(record)
    found: Counter[str] = Counter()
    for mention in value.get("mentions", [value] if "text" in value else []):
        text = mention["text"]
        brand = _HANDLE.search(text)
        if brand is None:
            continue
        language, _ = py3langid.classify(text)
        compound = _analyser.polarity_scores(text)["compound"]
        label = "negative" if compound <= -0.05 else "positive" if compound >= 0.05 else "neutral"
        at = int(datetime.fromisoformat(mention["published_at"]).timestamp()) // _STEP * _STEP
        found[f"{brand[1]} {at} {language} {label}"] += 1
    return found


def quixstreams(servers: str, topic: str, timer: Timer) -> None:
    from quixstreams import Application  # noqa: PLC0415 - only where it is asked for

    app = Application(
        broker_address=servers,
        consumer_group=f"{topic}-quix",
        auto_offset_reset="earliest",
        state_dir=tempfile.mkdtemp(prefix="listener-quix-"),
        loglevel="WARNING",
    )
    frame = app.dataframe(app.topic(topic, value_deserializer="bytes", key_deserializer="bytes"))

    def scored(value: bytes, *_: object) -> Counter[str]:
        timer.begin()
        return score(value)

    def count(counts: Counter[str], state: Any) -> None:  # quixstreams' own type
        for key, mentions in counts.items():
            state.set(key, state.get(key, 0) + mentions)
        timer.count(counts.total())

    frame.apply(scored, metadata=True).update(count, stateful=True)
    app.run()


def bytewax(servers: str, topic: str, timer: Timer) -> None:
    import bytewax.operators as op  # noqa: PLC0415 - as above
    from bytewax.connectors.kafka import KafkaSource  # noqa: PLC0415 - as above
    from bytewax.dataflow import Dataflow  # noqa: PLC0415 - as above
    from bytewax.testing import cluster_main  # noqa: PLC0415 - as above

    def scored(message: Any) -> Iterator[tuple[str, tuple[str, int]]]:  # bytewax's own type
        timer.begin()
        for key, mentions in score(message.value).items():
            brand, _, rest = key.partition(" ")
            yield brand, (rest, mentions)

    def count(
        state: Counter[str] | None, item: tuple[str, int]
    ) -> tuple[Counter[str], tuple[str, int]]:
        state = Counter() if state is None else state
        state[item[0]] += item[1]
        timer.count(item[1])
        return state, item

    flow = Dataflow("mentions")
    source: KafkaSource[Any] = KafkaSource(servers.split(","), [topic], batch_size=500)
    keyed = op.flat_map("score", op.input("in", flow, source), scored)
    op.inspect("out", op.stateful_map("count", keyed, count), lambda *_: None)
    cluster_main(flow, [], 0)


def main() -> None:
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("peer", choices=["quixstreams", "bytewax"])
    parser.add_argument("servers", help="host:port, several with commas")
    parser.add_argument("topic")
    parser.add_argument("mentions", type=int)
    asked = parser.parse_args()
    run = quixstreams if asked.peer == "quixstreams" else bytewax
    run(asked.servers, asked.topic, Timer(asked.mentions))


if __name__ == "__main__":
    main()
