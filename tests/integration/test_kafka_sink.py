"""The Kafka sink against a real broker, and against none."""

import asyncio
import json
import threading

import pytest

from detectors.records import Alert
from sinks import DeliveryError, KafkaSettings, Outcome, Publisher, Route
from tests.contracts.alert_topics import new_topic, read_topic
from tests.kafka.broker import Broker
from tests.unit.sinks.fakes import alert


async def test_alerts_of_one_brand_lie_in_order_under_the_brands_key(kafka: str) -> None:
    topic = await asyncio.to_thread(new_topic, kafka)
    sink = KafkaSettings(bootstrap=f"kafka://{kafka}", topic=topic, timeout=30.0).build()
    for number in range(3):
        await sink.deliver(alert(alert_id=str(number), brand="Café Zürich"))
    await sink.close()
    records = await asyncio.to_thread(read_topic, kafka, topic)
    assert [key.decode() for key, _ in records] == ["Café Zürich"] * 3
    assert [json.loads(value)["alert_id"] for _, value in records] == ["0", "1", "2"]


async def test_an_unreachable_broker_can_be_tried_again_and_holds_up_nothing_else(
    unused_tcp_port: int,
) -> None:
    sink = KafkaSettings(bootstrap=f"127.0.0.1:{unused_tcp_port}", timeout=1.0).build()
    delivering = asyncio.create_task(sink.deliver(alert()))
    turns = 0
    while not delivering.done():
        turns += 1
        await asyncio.sleep(0.01)
    with pytest.raises(DeliveryError, match=f"at 127.0.0.1:{unused_tcp_port}: ") as failure:
        await delivering
    assert failure.value.retryable
    assert turns > 5
    await sink.close()


async def test_trying_again_and_again_leaves_no_threads_behind(unused_tcp_port: int) -> None:
    sink = KafkaSettings(bootstrap=f"127.0.0.1:{unused_tcp_port}", timeout=1.0).build()
    counts = []
    for _ in range(3):
        with pytest.raises(DeliveryError):
            await sink.deliver(alert())
        counts.append(threading.active_count())
    assert counts[0] == counts[-1]
    await sink.close()


async def test_a_topic_that_is_not_there_is_asked_for(kafka: str) -> None:
    sink = KafkaSettings(bootstrap=kafka, topic="never-made", timeout=2.0).build()
    with pytest.raises(DeliveryError, match="does the topic exist") as failure:
        await sink.deliver(alert())
    assert failure.value.retryable
    await sink.close()


async def test_alerts_get_through_once_the_broker_is_back(kafka_broker: Broker) -> None:
    topic = await asyncio.to_thread(new_topic, kafka_broker.bootstrap)
    settings = KafkaSettings(bootstrap=kafka_broker.bootstrap, topic=topic, timeout=5.0)
    told: list[tuple[str, Outcome]] = []
    first, failed = asyncio.Event(), asyncio.Event()

    async def on_settled(alert: Alert, sink: str, outcome: Outcome) -> None:
        told.append((alert.alert_id, outcome))
        first.set()

    async def dead_letter(alert: Alert, sink: str, error: str) -> None:
        raise AssertionError(error)

    async def sleep(seconds: float) -> None:
        failed.set()
        await asyncio.sleep(seconds)

    publisher = Publisher(
        [Route(settings.build())], on_settled=on_settled, dead_letter=dead_letter, sleep=sleep
    )
    publisher.start()
    await publisher.submit(alert(alert_id="before"))
    await asyncio.wait_for(first.wait(), 60)
    await asyncio.to_thread(kafka_broker.kill)
    failed.clear()
    await publisher.submit(alert(alert_id="meanwhile"))
    await asyncio.wait_for(failed.wait(), 60)
    await asyncio.to_thread(kafka_broker.start)
    assert await publisher.drain(60)
    await publisher.close()
    assert told == [("before", Outcome.DELIVERED), ("meanwhile", Outcome.DELIVERED)]
    records = await asyncio.to_thread(read_topic, kafka_broker.bootstrap, topic)
    found = [json.loads(value)["alert_id"] for _, value in records]
    assert set(found) == {"before", "meanwhile"}
