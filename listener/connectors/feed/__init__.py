"""RSS, Atom and JSON Feed: news, reviews, search alerts."""

from listener.connectors.feed.connector import FeedConnector, FeedSettings

__all__ = ["FeedConnector", "FeedSettings"]
