"""An instance of Mastodon with statuses a second apart, and a connector to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

from listener.connectors import Batch
from listener.connectors.mastodon import MastodonConnector
from tests.sources.connectors import closing
from tests.sources.mastodon import MastodonServer, Status, sent, status

NOW: Final = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
PUBLIC: Final = "/api/v1/timelines/public"
STREAM: Final = "/api/v1/streaming/public"


def said(number: int) -> Status:
    """A status a second after the one before."""
    return status(number, f"status {number}", NOW + timedelta(seconds=number - 100))


def update(number: int) -> bytes:
    return sent("update", said(number))


@asynccontextmanager
async def connected(server: MastodonServer, **changes: object) -> AsyncIterator[MastodonConnector]:
    async with server.running(), closing(MastodonConnector(server.having(**changes))) as connector:
        yield connector


async def all_of(connector: MastodonConnector, cursor: str | None, *, batches: int) -> list[Batch]:
    """What so many fetches bring, each going on where the one before came to."""
    brought: list[Batch] = []
    for _ in range(batches):
        brought.append(await connector.fetch(cursor, NOW))
        cursor = brought[-1].cursor
    return brought
