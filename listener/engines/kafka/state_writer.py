"""What detection came to, on its way to the broker: rows of brands, and alerts.

An alert is stored with its brand before it is sent: first the rows, each with the alerts that
arose, then the alerts, then those rows once more without them. Killed anywhere in between, a
worker sends the alerts again that a row still holds, with the same ids.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

import structlog

from detectors.brand_state import BrandState
from detectors.records import Alert, Deleted, dumps
from listener.engines.kafka.brand_rows import DetectPartition, brand_row, clock_key, clock_row
from listener.engines.kafka.log import partition_of
from listener.engines.kafka.records import Outgoing, Send, send_all
from listener.engines.kafka.topics import Topics
from listener.engines.observer import WorkerObserver
from listener.logs import alert_facts

log = structlog.get_logger()


class StateWriter:
    """Writes rows of the brands in `partitions`, and sends the alerts that wait.

    To a flusher it is what sends alerts alone: they don't wait for the rows of others.
    """

    is_full = False

    def __init__(
        self,
        topics: Topics,
        partitions: Mapping[int, DetectPartition],
        *,
        send: Send,
        observer: WorkerObserver,
        on_alert: Callable[[str], None],
        wall: Callable[[], datetime],
    ) -> None:
        """`partitions` come and go; `on_alert` hears the id of every alert before it is sent."""
        self._topics = topics
        self._partitions = partitions
        self._send = send
        self._observer = observer
        self._on_alert = on_alert
        self._wall = wall
        self._alerts: list[Alert] = []
        self._sizes: dict[str, int] = {}
        self._writing = asyncio.Lock()

    @property
    def is_due(self) -> bool:
        """Whether alerts wait."""
        return bool(self._alerts)

    @property
    def is_writing(self) -> bool:
        return self._writing.locked()

    @property
    def state_bytes(self) -> int:
        """The size of the rows that were written, one a brand."""
        return sum(self._sizes.values())

    def hold(self, alerts: Iterable[Alert]) -> None:
        """These are to be sent with the next write."""
        self._alerts += alerts

    def erase(self, deleted: Deleted) -> None:
        """Show no more of what was deleted in alerts that wait."""
        self._alerts = [alert.without(deleted) for alert in self._alerts]

    async def flush(self) -> None:
        """Send the alerts that wait, and store their brands, but nothing else."""
        await self.write([])

    step = flush

    async def write(self, changed: Iterable[BrandState]) -> None:
        """Store the rows of some brands, and with them all alerts that wait: then send those.

        No row is made while an alert of its brand is under way, as it would no longer hold it.
        """
        async with self._writing:
            alerts, self._alerts = self._alerts, []
            unsent: dict[str, list[object]] = {}
            for alert in alerts:
                unsent.setdefault(alert.brand, []).append(alert.to_json())
                self._on_alert(alert.alert_id)
            # All is made before the first wait: meanwhile others go on with the next records.
            rows = [
                self._brand_row(state.brand, state.to_json(), [])
                for state in changed
                if state.brand not in unsent
            ]
            told = {brand: self._state(brand).to_json() for brand in unsent}
            rows += [self._brand_row(brand, state, unsent[brand]) for brand, state in told.items()]
            settled = [self._brand_row(brand, state, []) for brand, state in told.items()]
            try:
                await send_all(self._send, rows)
                await send_all(self._send, map(self._alert, alerts))
            except BaseException:  # cut off, by a worker that stops: they are still to be sent
                self._alerts = alerts + self._alerts
                raise
            await send_all(self._send, settled)
        for alert in alerts:
            self._observer.raised(alert, self._wall())
            log.info("alert", **alert_facts(alert))

    def clocks(self) -> list[Outgoing]:
        """How far the source partitions are: a worker that takes over may not be told again."""
        return [
            self._row(number, clock_key(number), clock_row(partition.detector.reached))
            for number, partition in self._partitions.items()
            if partition.detector.reached
        ]

    def forget(self) -> None:
        """The brands go elsewhere."""
        self._sizes.clear()

    def _state(self, brand: str) -> BrandState:
        return self._partitions[partition_of(brand, self._topics.partitions)].detector.states[brand]

    def _brand_row(
        self, brand: str, state: Mapping[str, object], unsent: Sequence[object]
    ) -> Outgoing:
        value = brand_row(state, unsent)
        self._sizes[brand] = len(value)
        return self._row(partition_of(brand, self._topics.partitions), brand.encode(), value)

    def _row(self, partition: int, key: bytes, value: bytes) -> Outgoing:
        version = self._partitions[partition].versions.next()
        return Outgoing(self._topics.states_changelog, partition, key, value, version)

    def _alert(self, alert: Alert) -> Outgoing:
        return Outgoing(self._topics.alerts, 0, alert.brand.encode(), dumps(alert.to_json()))
