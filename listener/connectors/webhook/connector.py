"""The inbound webhook as a connector: it waits for what others push, and answers them.

Ingest calls `fetch` with the cursor of a batch only after `MentionLog.append` has returned, so
that call is the engine's acknowledgement: on it, and on nothing else, the batch's requests are
answered 202. A fetch with another cursor says that the batch was not stored, and brings it again.
What was not acknowledged when the process ends was not answered; its sender sends it again, and
what had been stored all the same counts once, as it bears the same key.

The cursor is a number that grows by one with every batch; nothing could be asked for again by it.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from detectors.records import Deletion, Mention, Rejection
from listener.connectors.connector import Batch
from listener.connectors.webhook.inbox import Delivery, Inbox
from listener.connectors.webhook.server import WebhookServer
from listener.connectors.webhook.settings import WebhookSettings

_PORTION: Final = 500
_LONGEST_WAIT: Final = 1.0


class WebhookConnector:
    """Brings what is pushed. It listens from the first fetch on."""

    def __init__(
        self,
        settings: WebhookSettings,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.name = settings.name
        self._inbox = Inbox()
        self._server = WebhookServer(settings, self._inbox, clock)
        self._handed: Batch | None = None
        self._complete: list[Delivery] = []

    async def fetch(self, cursor: str | None, now: datetime) -> Batch:
        """At most 500 items, of as many requests as there are; waits a second for the first.

        Raises `UsageError` if the port can't be had.
        """
        del now  # requests come between two fetches
        await self._server.open()
        if self._handed is not None and cursor != self._handed.cursor:
            return self._handed
        self._settle(safe=True)
        position = int(cursor) if cursor and cursor.isdecimal() and len(cursor) < 19 else 0
        items, self._complete = await self._inbox.take(_PORTION, _LONGEST_WAIT)
        refused, self._server.refused = self._server.refused, 0
        if not items:
            return Batch((), str(position), refused=refused)
        self._handed = Batch(
            mentions=tuple(item for item in items if isinstance(item, Mention)),
            rejections=tuple(item for item in items if isinstance(item, Rejection)),
            deletions=tuple(item for item in items if isinstance(item, Deletion)),
            cursor=str(position + 1),
            refused=refused,
        )
        return self._handed

    async def close(self) -> None:
        """Whoever still waits is told to come again."""
        self._settle(safe=False)
        self._inbox.close()
        await self._server.close()

    def _settle(self, *, safe: bool) -> None:
        for delivery in self._complete:
            delivery.settle(safe)
        self._handed, self._complete = None, []
