"""Connectors talk to nobody who can't show that he is the one who was asked for."""

import asyncio
import ssl
from collections.abc import AsyncIterator

import pytest
import trustme

from listener.connectors import ConnectorSettings, make_connector
from listener.connectors.feed import FeedSettings
from listener.connectors.hackernews import HackerNewsSettings
from listener.connectors.jetstream import JetstreamSettings
from listener.connectors.mastodon import MastodonSettings
from listener.ingest import utc_now
from sinks.secret import Secret


@pytest.fixture
async def impostor() -> AsyncIterator[tuple[int, list[bytes]]]:
    """The port of a server with a certificate that nobody signed, and what it got to read."""
    read: list[bytes] = []

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        read.append(await reader.read(1000))
        writer.close()

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)  # by a CA that nobody knows
    server = await asyncio.start_server(handler, "127.0.0.1", 0, ssl=context)
    yield server.sockets[0].getsockname()[1], read
    server.close()


@pytest.mark.parametrize("type_", ["jetstream", "mastodon", "feed", "hackernews"])
async def test_a_certificate_that_nobody_signed_is_refused(
    type_: str, impostor: tuple[int, list[bytes]]
) -> None:
    port, read = impostor
    web = f"https://127.0.0.1:{port}/"
    made: dict[str, ConnectorSettings] = {
        "jetstream": JetstreamSettings(
            type="jetstream", url=f"wss://127.0.0.1:{port}/", allow_private=True
        ),
        "mastodon": MastodonSettings(
            type="mastodon", url=web, token=Secret("secret"), allow_private=True
        ),
        "feed": FeedSettings(type="feed", url=web, allow_private=True),
        "hackernews": HackerNewsSettings(type="hackernews", url=web, allow_private=True),
    }
    connector = make_connector(made[type_])
    with pytest.raises(Exception, match=r"127.0.0.1.* certificate"):
        await connector.fetch(None, utc_now())
    await connector.close()
    assert read == []
