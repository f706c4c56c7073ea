"""Connectors by the name that the configuration knows them by.

A new one is a module with its settings and its class, and a line in `CONNECTORS`.
"""

from collections.abc import Callable, Mapping
from typing import Final

from listener.connectors.connector import Batch, Connector
from listener.connectors.replay import ReplayConnector, ReplaySettings

ConnectorSettings = ReplaySettings
"""Every connector's settings: a union told apart by their `type`."""

CONNECTORS: Final[Mapping[str, Callable[[ConnectorSettings], Connector]]] = {
    "replay": ReplayConnector,
}


def make_connector(settings: ConnectorSettings) -> Connector:
    """The connector that these settings describe; raises `UsageError` if it can't start."""
    return CONNECTORS[settings.type](settings)


__all__ = ["CONNECTORS", "Batch", "Connector", "ConnectorSettings", "make_connector"]
