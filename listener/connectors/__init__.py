"""Connectors by the name that the configuration knows them by.

A new one is a module with its settings and its class, a line in `CONNECTORS` and its settings in
the union.
"""

from collections.abc import Callable, Mapping
from typing import Final

from listener.connectors.connector import Batch, Connector, RetryLater
from listener.connectors.feed import FeedConnector, FeedSettings
from listener.connectors.hackernews import HackerNewsConnector, HackerNewsSettings
from listener.connectors.jetstream import JetstreamConnector, JetstreamSettings
from listener.connectors.mastodon import MastodonConnector, MastodonSettings
from listener.connectors.reddit import RedditConnector, RedditSettings
from listener.connectors.replay import ReplayConnector, ReplaySettings
from listener.connectors.webhook import WebhookConnector, WebhookSettings
from listener.connectors.x import XConnector, XSettings
from listener.connectors.youtube import YouTubeConnector, YouTubeSettings

ConnectorSettings = (
    ReplaySettings
    | JetstreamSettings
    | MastodonSettings
    | FeedSettings
    | HackerNewsSettings
    | RedditSettings
    | YouTubeSettings
    | XSettings
    | WebhookSettings
)
"""Every connector's settings: a union told apart by their `type`."""

# Each takes the settings of its own type.
CONNECTORS: Final[Mapping[str, Callable[..., Connector]]] = {
    "replay": ReplayConnector,
    "jetstream": JetstreamConnector,
    "mastodon": MastodonConnector,
    "feed": FeedConnector,
    "hackernews": HackerNewsConnector,
    "reddit": RedditConnector,
    "youtube": YouTubeConnector,
    "x": XConnector,
    "webhook": WebhookConnector,
}


def make_connector(settings: ConnectorSettings) -> Connector:
    """The connector that these settings describe; raises `UsageError` if it can't start."""
    return CONNECTORS[settings.type](settings)


__all__ = ["CONNECTORS", "Batch", "Connector", "ConnectorSettings", "RetryLater", "make_connector"]
