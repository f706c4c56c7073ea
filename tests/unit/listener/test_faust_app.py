"""The Faust application keeps everything on Kafka, and nothing where it was started."""

import asyncio
from pathlib import Path

import pytest

from listener.engines.kafka.app import make_app
from listener.engines.kafka.topics import Topics
from listener.settings import KafkaSettings
from sinks.brokers import Brokers


def test_starting_it_makes_no_directories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def start() -> None:
        app = make_app(
            Brokers(("127.0.0.1:9",)), Topics(KafkaSettings()), has_room=lambda topic: True
        )
        await app.on_first_start()

    monkeypatch.chdir(tmp_path)
    asyncio.run(start())
    assert list(tmp_path.iterdir()) == []
