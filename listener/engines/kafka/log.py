"""Ingest's way into Kafka: mentions in envelopes, acknowledged before the cursor is stored.

kafka-python's producer works on a thread of its own, so it never blocks the event loop. While
the broker doesn't answer, `append` tries again for as long as it takes: nothing more is fetched
in the meantime, so nothing piles up.
"""

import asyncio
import time
import zlib
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final, TypeVar

import structlog
from kafka import KafkaProducer
from kafka.errors import KafkaError

from detectors.records import Envelope, Mention, dumps
from listener.engines.kafka.topics import MAX_RECORD_BYTES, Topics
from listener.engines.store import Store, Unwritable
from listener.ingest import Portion
from listener.pipeline import in_envelopes
from sinks.brokers import Brokers

CURSORS_FILE: Final = "ingest.db"
_ACK_SECONDS: Final = 60.0
# kafka-python's `close` raises, and leaves its thread behind, while records wait to be sent: they
# are given up before we are.
_DELIVERY_MS: Final = 45_000
_RETRY_SECONDS: Final = 5.0
_MAX_DELETIONS: Final = 500
_T = TypeVar("_T")

log = structlog.get_logger()


class KafkaLog:
    """A `MentionLog` on the `mentions` topic; cursors are kept in a file under `data_dir`."""

    def __init__(
        self,
        brokers: Brokers,
        topics: Topics,
        data_dir: Path,
        *,
        on_append: Callable[[Portion], None] = lambda portion: None,
    ) -> None:
        self._brokers = brokers
        self._topics = topics
        self._store = Store(data_dir / CURSORS_FILE)
        self._on_append = on_append
        self._producer: KafkaProducer | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ingest")
        self._lock = asyncio.Lock()
        self.why_not_ready = ""
        self._silent_since: float | None = None
        self.watermark: datetime | None = None

    async def cursor(self, connector: str) -> str | None:
        return await self._in_thread(lambda: self._store.cursor(connector))

    async def health(self, connector: str) -> str | None:
        return await self._in_thread(lambda: self._store.health(connector))

    async def append(self, portion: Portion) -> None:
        async with self._lock:
            while True:
                work = asyncio.ensure_future(self._in_thread(lambda: self._send(portion)))
                try:
                    await asyncio.shield(work)
                except Unwritable as error:
                    # Sent again with the next try, and counted once all the same.
                    self.why_not_ready = "the disk takes no cursor"
                    log.error("can't write the cursor, trying again", error=str(error))  # noqa: TRY400 - told whole
                    await asyncio.sleep(_RETRY_SECONDS)
                except KafkaError as error:
                    self.why_not_ready = "the broker doesn't take mentions"
                    self._silent_since = self._silent_since or time.monotonic()
                    log.warning("broker doesn't take mentions, trying again", error=str(error))
                    await self._in_thread(self._disconnect)
                    await asyncio.sleep(_RETRY_SECONDS)
                else:
                    self.why_not_ready = ""
                    self._silent_since = None
                    break
        self.watermark = portion.watermark or self.watermark
        self._on_append(portion)

    @property
    def broker_silent(self) -> float:
        """For how many seconds the broker has refused mentions, or not answered."""
        return 0.0 if self._silent_since is None else time.monotonic() - self._silent_since

    async def close(self) -> None:
        """Close behind whatever is under way."""
        await self._in_thread(self._close)
        self._thread.shutdown()

    async def _in_thread(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _send(self, portion: Portion) -> None:
        """Send, wait for every acknowledgement, then store the cursor and the health."""
        producer = self._connect()
        sent = [
            producer.send(self._topics.mentions, value=dumps(record.to_json()), partition=partition)
            for partition, record in envelopes_of(portion, self._topics.partitions)
        ]
        sent += [
            producer.send(self._topics.rejected, value=dumps(rejection.to_json()))
            for rejection in portion.rejections
        ]
        sent += [
            producer.send(
                self._topics.alerts, key=alert.brand.encode(), value=dumps(alert.to_json())
            )
            for alert in portion.alerts
        ]
        producer.flush(_ACK_SECONDS)
        for future in sent:
            future.get(_ACK_SECONDS)
        if portion.connector is not None:
            with self._store.transaction():
                if portion.cursor is not None:
                    self._store.put_cursor(portion.connector, portion.cursor)
                if portion.health is not None:
                    self._store.put_health(portion.connector, portion.health)

    def _connect(self) -> KafkaProducer:
        if self._producer is None:
            self._producer = KafkaProducer(
                **self._brokers.client_options(),
                client_id="listener-ingest",
                # Stated, so that a setting that contradicts it raises instead of dropping it.
                enable_idempotence=True,
                acks="all",
                compression_type="gzip",
                linger_ms=5,
                delivery_timeout_ms=_DELIVERY_MS,
                max_request_size=MAX_RECORD_BYTES,
            )
        return self._producer

    def _disconnect(self) -> None:
        """After some errors an idempotent producer can't go on: the next try has a new one."""
        producer, self._producer = self._producer, None
        if producer is not None:
            _let_go(producer, 0)

    def _close(self) -> None:
        if self._producer is not None:
            _let_go(self._producer, 5)
        self._store.close()


def _let_go(producer: KafkaProducer, seconds: float) -> None:
    try:
        producer.close(timeout=seconds)
    except KafkaError as error:
        log.warning("the producer stays until it has given up its records", error=str(error))


def partition_of(key: str, partitions: int) -> int:
    """The partition of a mention's key or a brand: the same in every process and version."""
    return zlib.crc32(key.encode()) % partitions


def envelopes_of(portion: Portion, partitions: int) -> Iterable[tuple[int, Envelope]]:
    """Every partition gets its mentions, and all of them the deletions and the watermark.

    Where reposts of what was deleted are, nobody knows.
    """
    spread: list[list[Mention]] = [[] for _ in range(partitions)]
    for mention in portion.mentions:
        spread[partition_of(mention.key, partitions)].append(mention)
    deletions = [
        Envelope(deletions=tuple(portion.deletions[start : start + _MAX_DELETIONS]))
        for start in range(0, len(portion.deletions), _MAX_DELETIONS)
    ]
    for partition, mentions in enumerate(spread):
        envelopes = [*(Envelope(tuple(some)) for some in in_envelopes(mentions)), *deletions]
        if portion.watermark is not None:
            last = envelopes.pop() if envelopes else Envelope()
            envelopes.append(replace(last, watermark=portion.watermark))
        for envelope in envelopes:
            yield partition, envelope
