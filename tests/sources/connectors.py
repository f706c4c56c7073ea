"""What tests of connectors share: one that is closed at the end, and what it brought."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

from listener.connectors import Batch, Connector

_C = TypeVar("_C", bound=Connector)


@asynccontextmanager
async def closing(connector: _C) -> AsyncIterator[_C]:
    """The connector, closed behind the block."""
    try:
        yield connector
    finally:
        await connector.close()


def texts(*batches: Batch) -> list[str]:
    return [mention.text for batch in batches for mention in batch.mentions]
