"""On both engines: an alert about a source goes the way of all others and outlives a restart."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from prometheus_client import CollectorRegistry

from detectors.records import Alert, loads
from listener.engines.embedded import EmbeddedEngine
from listener.engines.kafka.log import KafkaLog
from listener.engines.kafka.topics import Topics
from listener.ingest import Portion
from listener.metrics import Metrics
from listener.settings import KafkaSettings
from listener.source_health import SourceHealth, SourceSettings
from sinks import Publisher, Route
from sinks.brokers import Brokers
from tests.unit.kafka.kafka_stages import SETTINGS
from tests.unit.sinks.fake_time import FakeSink

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC).timestamp()


def trouble() -> Portion:
    """What ingest appends when it finds that a source has failed for five minutes."""
    health = SourceHealth("forum", SourceSettings(), NOW)
    health.failed(NOW, OSError("no route to host"))
    alerts = health.look(NOW + 300)
    assert [alert.about for alert in alerts] == ["source"]
    return Portion(connector="forum", alerts=alerts, health=health.to_json())


async def test_the_embedded_engine_delivers_it_and_keeps_what_is_usual(tmp_path: Path) -> None:
    def engine() -> EmbeddedEngine:
        observer = Metrics(CollectorRegistry())
        return EmbeddedEngine(SETTINGS, tmp_path, sinks=["fake"], observer=observer)

    portion, first = trouble(), engine()
    await first.append(portion)
    await first.close()

    second, sink = engine(), FakeSink()
    publisher = Publisher([Route(sink)], on_settled=second.settled, dead_letter=second.buried)
    publisher.start()
    delivering = asyncio.create_task(second.deliver(publisher))
    await second.handed_over()
    await publisher.drain(timeout=5)
    delivering.cancel()
    assert sink.delivered == [alert.alert_id for alert in portion.alerts]
    assert await second.health("forum") == portion.health
    assert await second.health("elsewhere") is None
    await publisher.close()
    await second.close()


class Producer:
    """Takes what it is given, as kafka-python's does."""

    def __init__(self, **options: object) -> None:
        self.options = options
        self.sent: list[tuple[str, bytes | None, bytes]] = []

    def send(
        self, topic: str, value: bytes, key: bytes | None = None, partition: int | None = None
    ) -> SimpleNamespace:
        del partition
        self.sent.append((topic, key, value))
        return SimpleNamespace(get=lambda timeout: timeout)

    def flush(self, timeout: float) -> None: ...

    def close(self, timeout: float) -> None: ...


async def test_on_kafka_it_is_on_the_topic_that_workers_deliver_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a producer that says it is idempotent: unsaid, kafka-python may drop it in silence."""
    made: list[Producer] = []

    def make(**options: object) -> Producer:
        made.append(Producer(**options))
        return made[-1]

    monkeypatch.setattr("listener.engines.kafka.log.KafkaProducer", make)
    log = KafkaLog(Brokers(("x:1",)), Topics(KafkaSettings()), tmp_path)
    portion = trouble()
    await log.append(portion)
    ((topic, key, value),) = made[0].sent
    assert (topic, key) == ("crisis-alerts", b"forum")
    assert [Alert.from_json(loads(value))] == list(portion.alerts)
    assert await log.health("forum") == portion.health
    assert await log.cursor("forum") is None
    options = made[0].options
    assert options["enable_idempotence"] is True
    assert (options["acks"], options["compression_type"]) == ("all", "gzip")
    await log.close()
