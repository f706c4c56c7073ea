"""A Jetstream with posts ten milliseconds apart, and a connector to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from listener.connectors.jetstream import JetstreamConnector
from tests.sources.connectors import closing
from tests.sources.jetstream import Frame, JetstreamServer, post

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
NOW_US = int(NOW.timestamp()) * 10**6


def said(number: int) -> Frame:
    """A post ten milliseconds after the one before."""
    at = NOW + timedelta(milliseconds=10 * number)
    return post(NOW_US + 10_000 * number, f"post {number}", at.isoformat(), f"r{number}")


@asynccontextmanager
async def connected(
    server: JetstreamServer, **changes: object
) -> AsyncIterator[JetstreamConnector]:
    async with server.running(), closing(JetstreamConnector(server.having(**changes))) as connector:
        yield connector
