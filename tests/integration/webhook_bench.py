"""A webhook connector that real requests reach, with the real ingest behind it."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import httpx

from detectors.records import Deletion, Mention, Rejection, dumps
from listener.connectors import Batch
from listener.connectors.webhook import WebhookConnector, WebhookSettings
from listener.ingest import Ingest, Portion
from sinks.secret import Secret
from tests.integration.listener_command import free_port

NOW: Final = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
TOKEN: Final = "a token for the tests"
WHSEC: Final = "whsec_" + base64.b64encode(b"a key of the tests, 32 bytes long").decode()
JSON: Final = {"Content-Type": "application/json"}
BEARER: Final = JSON | {"Authorization": f"Bearer {TOKEN}"}


def said(number: int, **fields: object) -> dict[str, object]:
    return {"id": number, "text": f"text {number}", "published_at": "2026-01-15T11:00:00Z"} | fields


LIMIT: Final = 4096
"""The longest body that the tests of hostile ones let in."""

GOOD: Final = dumps([said(1), said(2)])


def standard(body: bytes, name: str = "msg_1", at: datetime = NOW) -> dict[str, str]:
    """The headers of a signed request, after the text of Standard Webhooks."""
    when = str(int(at.timestamp()))
    key = base64.b64decode(WHSEC.removeprefix("whsec_"))
    digest = hmac.digest(key, f"{name}.{when}.".encode() + body, "sha256")
    signature = "v1," + base64.b64encode(digest).decode()
    return JSON | {"webhook-id": name, "webhook-timestamp": when, "webhook-signature": signature}


def hub(body: bytes) -> dict[str, str]:
    """The headers that GitHub and Meta sign with."""
    return JSON | {
        "X-Hub-Signature-256": "sha256="
        + hmac.new(TOKEN.encode(), body, hashlib.sha256).hexdigest()
    }


class Log:
    """A `MentionLog`; `gate` holds it up, `fails` makes it fail."""

    def __init__(self) -> None:
        self.portions: list[Portion] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.asked = asyncio.Event()
        self.fails: Exception | None = None

    async def cursor(self, connector: str) -> str | None:
        del connector
        return None

    async def health(self, connector: str) -> str | None:
        del connector
        return None

    async def append(self, portion: Portion) -> None:
        if portion.mentions or portion.rejections:
            self.asked.set()
            await self.gate.wait()
            if self.fails:
                raise self.fails
            self.portions.append(portion)

    @property
    def mentions(self) -> list[Mention]:
        return [mention for portion in self.portions for mention in portion.mentions]

    @property
    def rejections(self) -> list[Rejection]:
        return [rejection for portion in self.portions for rejection in portion.rejections]


@dataclass
class Observer:
    """Keeps the batches, whose deletions the log doesn't get to see."""

    batches: list[Batch] = field(default_factory=list)

    def fetched(self, connector: str, batch: Batch, now: datetime) -> None:
        del connector, now
        self.batches.append(batch)

    def failed(self, connector: str, error: BaseException) -> None:
        raise AssertionError(f"{connector}: {error}")

    def troubled(self, connector: str, trouble: str | None) -> None: ...

    @property
    def deletions(self) -> list[Deletion]:
        return [deletion for batch in self.batches for deletion in batch.deletions]


@dataclass
class Bench:
    url: str
    client: httpx.AsyncClient
    task: asyncio.Task[None]
    log: Log
    observer: Observer
    now: datetime = NOW

    async def post(self, body: object, headers: Mapping[str, str] = BEARER) -> httpx.Response:
        content = body if isinstance(body, bytes) else dumps(body)
        return await self.client.post(self.url, content=content, headers=dict(headers))

    @property
    def untouched(self) -> bool:
        """Nothing has reached the engine."""
        return not self.log.portions and not self.log.asked.is_set()


@asynccontextmanager
async def bench(**values: object) -> AsyncIterator[Bench]:
    """Ingest with one webhook; `values` are its settings beside the token."""
    wanted = {"secret": Secret(TOKEN), "port": free_port(), **values}
    settings = WebhookSettings(type="webhook", **wanted)  # type: ignore[arg-type] # of many types
    log, observer = Log(), Observer()

    async with httpx.AsyncClient(trust_env=False, timeout=20) as client:
        made: list[Bench] = []
        connector = WebhookConnector(settings, clock=lambda: made[0].now)
        ingest = Ingest(
            [connector], log, observer=observer, lateness=timedelta(seconds=2), clock=lambda: NOW
        )
        task = asyncio.create_task(ingest.run())
        url = f"http://127.0.0.1:{settings.port}{settings.path}"
        made.append(Bench(url, client, task, log, observer))
        try:
            await listening(settings.port)
            yield made[0]
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def listening(port: int) -> None:
    """Returns when somebody listens there."""
    async with asyncio.timeout(20):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.005)
            else:
                writer.close()
                return
