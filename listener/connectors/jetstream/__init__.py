"""Bluesky's Jetstream: every public post as it is written, free and without an account."""

from listener.connectors.jetstream.connector import JetstreamConnector, JetstreamSettings

__all__ = ["JetstreamConnector", "JetstreamSettings"]
