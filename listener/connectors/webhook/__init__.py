"""The inbound webhook: other tools push mentions, and hear 202 once these are safe."""

from listener.connectors.webhook.connector import WebhookConnector
from listener.connectors.webhook.settings import WebhookSettings

__all__ = ["WebhookConnector", "WebhookSettings"]
