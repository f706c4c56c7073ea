"""The second half of a worker: tallies in, alerts out.

An offset on `tallies` is acknowledged only when the broker has everything that came of it: first
the rows of the brands that changed, each with the positions that it stands for and the alerts
that arose, then the alerts themselves, then those rows once more without them. Killed anywhere in
between, the tallies come again and are skipped by their positions, and alerts that a row still
holds are sent again, with the same ids.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Final

import structlog

from detectors.brand_state import BrandState
from detectors.detector import Detector
from detectors.records import Alert, InvalidRecord, dumps, loads
from detectors.records.codec import as_list, as_object
from detectors.records.times import from_epoch
from listener.engines.kafka.log import partition_of
from listener.engines.kafka.records import Outgoing, Send, parse_tally_record, send_all
from listener.engines.kafka.score import Event, StoredRows
from listener.engines.kafka.topics import Topics
from listener.engines.observer import PipelineObserver
from listener.pipeline import PipelineSettings, make_detector

_MAX_PENDING: Final = 400

log = structlog.get_logger()


class DetectStage:
    """Detects for the brands whose partitions of `tallies` this worker has."""

    def __init__(
        self,
        settings: PipelineSettings,
        topics: Topics,
        *,
        stored: StoredRows,
        send: Send,
        observer: PipelineObserver,
        on_alert: Callable[[str], None],
    ) -> None:
        """`on_alert` hears the id of every alert before it is sent."""
        self._settings = settings
        self._topics = topics
        self._stored = stored
        self._send = send
        self._observer = observer
        self._on_alert = on_alert
        self._detectors: dict[int, Detector] = {}
        self._pending: list[Event] = []
        self._alerts: list[Alert] = []
        self._stored_reached: dict[int, dict[int, int]] = {}
        self._lock = asyncio.Lock()

    @property
    def is_full(self) -> bool:
        return len(self._pending) >= _MAX_PENDING

    @property
    def is_idle(self) -> bool:
        """Whether all that came has been seen through."""
        return not self._pending and not self._lock.locked()

    @property
    def watermark(self) -> datetime | None:
        """Up to where every partition here has been evaluated."""
        reached = [detector.watermark for detector in self._detectors.values()]
        known = [at for at in reached if at is not None]
        return from_epoch(min(known)) if known and len(known) == len(reached) else None

    @property
    def partitions(self) -> int:
        """How many partitions have sent something here."""
        return len(self._detectors)

    def take(self, event: Event) -> None:
        """Fold and evaluate one record; never raises, whatever is in it."""
        detector = self._detector(event.partition)
        self._pending.append(event)
        try:
            tallies, progress = parse_tally_record(event.value or b"")
        except InvalidRecord as error:
            # Only our own workers write here, so this is another program's mistake.
            log.warning("unreadable record on tallies", offset=event.offset, error=str(error))
            return
        for tally in tallies:
            detector.fold(tally)
        for item in progress:
            self._alerts += detector.advance(item)

    async def flush(self) -> None:
        """Store what changed, send the alerts, then acknowledge the records taken."""
        async with self._lock:
            events, self._pending = self._pending, []
            alerts, self._alerts = self._alerts, []
            # All is made before the first wait: meanwhile `take` goes on with the next records.
            states = {
                state.brand: state.to_json()
                for detector in self._detectors.values()
                for state in detector.take_changed()
            }
            clocks = self._clocks()
            for alert in alerts:
                self._on_alert(alert.alert_id)
            told = {alert.brand: states[alert.brand] for alert in alerts}
            await send_all(self._send, self._rows(states, alerts))
            await send_all(self._send, [*map(self._alert, alerts), *clocks])
            await send_all(self._send, self._rows(told, []))
            for event in events:
                event.ack()
        for alert in alerts:
            log.info(
                "alert",
                alert_id=alert.alert_id,
                brand=alert.brand,
                severity=alert.severity.value,
                status=alert.status.value,
            )

    async def forget(self) -> None:
        """The partitions go elsewhere: see what is under way through, then know nothing."""
        await self.flush()
        self._detectors.clear()
        self._stored_reached.clear()

    def show(self) -> None:
        """Tell the metrics where the brands stand."""
        for detector in self._detectors.values():
            self._observer.evaluated(detector)

    def _detector(self, partition: int) -> Detector:
        known = self._detectors.get(partition)
        if known is None:
            known = self._detectors[partition] = self._recovered(partition)
        return known

    def _recovered(self, partition: int) -> Detector:
        """A detector for the brands of one partition, as its rows left them."""
        count = self._topics.partitions
        names = [
            brand.name
            for brand in self._settings.brands
            if partition_of(brand.name, count) == partition
        ]
        detector = make_detector(self._settings, brands=names, sources=count)
        rows = self._stored(partition)
        detector.restore_reached(_reached(rows.get(_clock_key(partition))))
        for key, row in rows.items():
            brand = key.decode()
            if brand not in names:
                continue
            try:
                record = as_object(loads(row), "row")
                state = BrandState.from_json(record["state"], self._settings.detection.windows)
                unsent = [Alert.from_json(item) for item in as_list(record["alerts"], "alerts")]
            except (InvalidRecord, KeyError) as error:
                log.warning(
                    "unreadable state, the brand starts anew", brand=brand, error=str(error)
                )
                continue
            detector.restore(state)
            if unsent:
                self._alerts += unsent
                detector.touch(brand)
        return detector

    def _rows(
        self, states: Mapping[str, Mapping[str, object]], alerts: Iterable[Alert]
    ) -> list[Outgoing]:
        unsent: dict[str, list[object]] = {}
        for alert in alerts:
            unsent.setdefault(alert.brand, []).append(alert.to_json())
        return [
            Outgoing(
                self._topics.states_changelog,
                partition_of(brand, self._topics.partitions),
                brand.encode(),
                dumps({"state": state, "alerts": unsent.get(brand, [])}),
            )
            for brand, state in states.items()
        ]

    def _clocks(self) -> list[Outgoing]:
        """How far the source partitions are: a worker that takes over may not be told again.

        Sent behind the brands' rows, so that it is never ahead of them.
        """
        rows = []
        for partition, detector in self._detectors.items():
            reached = detector.reached
            if reached != self._stored_reached.get(partition):
                self._stored_reached[partition] = reached
                value = dumps({"reached": [list(item) for item in reached.items()]})
                key = _clock_key(partition)
                rows.append(Outgoing(self._topics.states_changelog, partition, key, value))
        return rows

    def _alert(self, alert: Alert) -> Outgoing:
        return Outgoing(self._topics.alerts, 0, alert.brand.encode(), dumps(alert.to_json()))


def _clock_key(partition: int) -> bytes:
    """A row that is no brand's: a brand's name can't begin with this character."""
    return f"\x1f{partition}".encode()


def _reached(row: bytes | None) -> dict[int, int]:
    if row is None:
        return {}
    items = as_list(as_object(loads(row), "clock").get("reached"), "reached")
    return {item[0]: item[1] for item in items if isinstance(item, list) and len(item) == 2}
