"""A topic on Apache Kafka: the alert as JSON, its key the brand."""

import asyncio
import contextlib
import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Literal

from kafka import KafkaProducer
from kafka.errors import KafkaError, KafkaTimeoutError

from detectors.records import Alert, dumps
from sinks.brokers import OPEN, BrokerAccess, Brokers
from sinks.settings import CommonSettings
from sinks.sink import DeliveryError

_TOPIC: Final = re.compile(r"[A-Za-z0-9._-]{1,249}")
_SERVER: Final = re.compile(
    r"(kafka://)?[^\s/,:@]+(:\d{1,5})?|(kafka://)?\[[0-9A-Fa-f:]+\](:\d{1,5})?"
)
_CLOSE_SECONDS: Final = 1.0


@dataclass(frozen=True, kw_only=True)
class KafkaSettings(CommonSettings):
    """Settings of a Kafka sink. `bootstrap` is ``host:port[,host:port…]``; `timeout` in seconds.

    `access` is how to log in there, be it the engine's own cluster or another.
    """

    type: Literal["kafka"] = "kafka"
    bootstrap: str
    topic: str = "crisis-alerts"
    timeout: float = 5.0
    access: BrokerAccess = OPEN

    def __post_init__(self) -> None:
        super().__post_init__()
        if not all(_SERVER.fullmatch(server.strip()) for server in self.bootstrap.split(",")):
            raise ValueError("bootstrap: expected host:port, several apart by commas")
        if not _TOPIC.fullmatch(self.topic) or self.topic in {".", ".."}:
            raise ValueError("topic: use up to 249 of a-z, A-Z, 0-9, dot, - and _")
        if not 1 <= self.timeout <= 60:
            raise ValueError("timeout: expected 1 to 60 seconds")

    def build(self) -> "KafkaSink":
        return KafkaSink(self)


class KafkaSink:
    """Sends each alert, and returns once all in-sync replicas have it.

    The producer blocks (to connect, for metadata, for the acknowledgement) and so lives on a
    thread of its own. It connects at the first alert: an unreachable broker keeps no service
    from starting.
    """

    def __init__(self, settings: KafkaSettings) -> None:
        self.name = settings.name or settings.type
        self._settings = settings
        self._producer: KafkaProducer | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"sink-{self.name}")

    async def deliver(self, alert: Alert) -> None:
        key, value = alert.brand.encode(), dumps(alert.to_json())
        await asyncio.get_running_loop().run_in_executor(self._thread, self._send, key, value)

    async def close(self) -> None:
        await asyncio.to_thread(self._thread.shutdown, wait=True, cancel_futures=True)
        if self._producer is not None:
            producer, self._producer = self._producer, None
            # What hasn't been acknowledged by now isn't settled: the engine's outbox has it.
            with contextlib.suppress(KafkaError):
                await asyncio.to_thread(producer.close, timeout=_CLOSE_SECONDS)

    def _send(self, key: bytes, value: bytes) -> None:
        """Takes `timeout` at most, so that stopping never waits longer for a dead broker."""
        settings = self._settings
        deadline = time.monotonic() + settings.timeout
        try:
            if self._producer is None:
                self._producer = _connect(settings)
            sent = self._producer.send(settings.topic, key=key, value=value)
            sent.get(timeout=max(deadline - time.monotonic(), 0.1))
        except KafkaError as error:
            message = f"topic {settings.topic} at {settings.bootstrap}: {type(error).__name__}"
            if isinstance(error, KafkaTimeoutError):
                message += " (is it reachable, and does the topic exist?)"
            raise DeliveryError(message, retryable=error.retriable) from None


def _connect(settings: KafkaSettings) -> KafkaProducer:
    milliseconds = int(settings.timeout * 1000)
    return KafkaProducer(
        **Brokers.parse(settings.bootstrap, settings.access).client_options(),
        client_id=f"listener-{settings.name or settings.type}",
        acks="all",
        # Stated, since kafka-python else drops it silently when a setting contradicts it.
        enable_idempotence=True,
        bootstrap_timeout_ms=milliseconds // 2,
        max_block_ms=milliseconds // 2,
        request_timeout_ms=milliseconds,
        # No longer than we wait: what fails here is sent again by the publisher.
        delivery_timeout_ms=milliseconds,
        metrics_enabled=False,
    )
