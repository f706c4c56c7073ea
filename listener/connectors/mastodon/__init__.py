"""Mastodon: what an instance's public timeline or a hashtag brings, with a user's token."""

from listener.connectors.mastodon.connector import MastodonConnector
from listener.connectors.mastodon.settings import MastodonSettings

__all__ = ["MastodonConnector", "MastodonSettings"]
