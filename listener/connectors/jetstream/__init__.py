"""Bluesky's Jetstream: every public post as it is written, free and without an account."""

from listener.connectors.jetstream.connector import JetstreamConnector
from listener.connectors.jetstream.settings import JetstreamSettings

__all__ = ["JetstreamConnector", "JetstreamSettings"]
