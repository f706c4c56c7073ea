"""The second half of a worker: tallies in, alerts out.

An offset on `tallies` is acknowledged only when the broker has everything that came of it: first
the rows of the brands that changed, each with the positions that it stands for and the alerts
that arose, then the alerts themselves, then those rows once more without them. Killed anywhere in
between, the tallies come again and are skipped by their positions, and alerts that a row still
holds are sent again, with the same ids.

Rows are large, so they are stored a few times a minute; at once only where there is an alert.
"""

import asyncio
import time
import zlib
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import count
from typing import Final

import structlog

from detectors.brand_state import BrandState
from detectors.detector import Detector
from detectors.records import Alert, Deleted, InvalidRecord, Progress, dumps, loads
from detectors.records.codec import as_list, as_object
from detectors.records.times import from_epoch
from listener.engines.kafka.log import partition_of
from listener.engines.kafka.records import Outgoing, Send, parse_tally_record, send_all
from listener.engines.kafka.rows import Row, Version
from listener.engines.kafka.stretch import Event, StoredRows
from listener.engines.kafka.topics import Topics
from listener.engines.observer import WorkerObserver
from listener.ingest import utc_now
from listener.logs import alert_facts
from listener.pipeline import PipelineSettings, make_detector

_MAX_PENDING: Final = 400
_STORE_SECONDS: Final = 1.0
_FAST: Final = 1
_PORTION: Final = 20

log = structlog.get_logger()


class _Partition:
    """What is known of the brands of one partition of `tallies`, and how its rows are numbered."""

    def __init__(self, number: int, detector: Detector, epoch: int) -> None:
        self.number = number
        self.detector = detector
        self.stored_reached: dict[int, int] = {}
        self._epoch = epoch
        self._numbers = count()

    def next_version(self) -> Version:
        return Version(self._epoch, next(self._numbers))


class DetectStage:
    """Detects for the brands whose partitions of `tallies` this worker has."""

    def __init__(
        self,
        settings: PipelineSettings,
        topics: Topics,
        *,
        stored: StoredRows,
        generation: Callable[[], int],
        send: Send,
        observer: WorkerObserver,
        on_alert: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`generation` grows whenever partitions move between workers.

        `on_alert` hears the id of every alert before it is sent. `clock` gives seconds.
        """
        self._settings = settings
        self._topics = topics
        self._stored = stored
        self._generation = generation
        self._send = send
        self._observer = observer
        self._on_alert = on_alert
        self._clock = clock
        self._partitions: dict[int, _Partition] = {}
        self._sizes: dict[str, int] = {}
        self._pending: list[Event] = []
        self._alerts: list[Alert] = []
        self._stored_at = clock()
        self._lock = asyncio.Lock()

    @property
    def is_full(self) -> bool:
        return len(self._pending) >= _MAX_PENDING

    @property
    def pending(self) -> int:
        """How many records were taken and are not finished."""
        return len(self._pending)

    @property
    def is_idle(self) -> bool:
        """Whether all that came has been seen through."""
        return not self._pending and not self._lock.locked()

    @property
    def state_bytes(self) -> int:
        """The size of the rows that this worker has written, one a brand."""
        return sum(self._sizes.values())

    @property
    def watermark(self) -> datetime | None:
        """Up to where every partition here has been evaluated."""
        reached = [partition.detector.watermark for partition in self._partitions.values()]
        known = [at for at in reached if at is not None]
        return from_epoch(min(known)) if known and len(known) == len(reached) else None

    @property
    def partitions(self) -> int:
        """How many partitions have sent something here."""
        return len(self._partitions)

    def take(self, event: Event) -> None:
        """Fold and evaluate one record; never raises, whatever is in it."""
        detector = self._partition(event.partition).detector
        self._pending.append(event)
        came, folded, started = 0, 0, self._clock()
        try:
            record = parse_tally_record(event.value or b"", self._topics.partitions)
            for tally in record.tallies:
                came += 1
                folded += detector.fold(tally)
            if deleted := Deleted(record.deletions):
                detector.erase(deleted)
                self._alerts = [alert.without(deleted) for alert in self._alerts]
            for item in record.progress:
                self._alerts += detector.advance(item)
        except InvalidRecord as error:
            # Only our own workers write here, so this is another program's mistake.
            self._observer.unreadable(self._topics.tallies)
            log.warning("unreadable record on tallies", offset=event.offset, error=str(error))
        except Exception:
            # A mistake of ours must cost one record, not the stream.
            log.exception("can't detect", partition=event.partition, offset=event.offset)
        self._observer.detected(folded, came - folded, self._clock() - started)

    @property
    def is_due(self) -> bool:
        """Whether something waits that should be stored now."""
        if self._alerts or self.is_full:
            return True
        return bool(self._pending) and self._clock() - self._stored_at >= _STORE_SECONDS

    async def flush(self) -> None:
        """Store what changed, send the alerts, then acknowledge the records taken."""
        async with self._lock:
            self._stored_at = self._clock()
            events, self._pending = self._pending, []
            alerts, self._alerts = self._alerts, []
            # All is made before the first wait: meanwhile `take` goes on with the next records.
            states = {
                state.brand: state.to_json()
                for partition in self._partitions.values()
                for state in partition.detector.take_changed()
            }
            rows = self._rows(states, alerts)
            clocks = self._clocks()
            settled = self._rows({alert.brand: states[alert.brand] for alert in alerts}, [])
            for alert in alerts:
                self._on_alert(alert.alert_id)
            await send_all(self._send, rows)
            await send_all(self._send, [*map(self._alert, alerts), *clocks])
            await send_all(self._send, settled)
            for event in events:
                event.ack()
        for alert in alerts:
            self._observer.raised(alert, utc_now())
            log.info("alert", **alert_facts(alert))

    async def forget(self) -> None:
        """The partitions go elsewhere: see what is under way through, then know nothing."""
        await self.flush()
        self._partitions.clear()
        self._sizes.clear()

    async def visit(self, see: Callable[[Detector, str], None]) -> None:
        """Call `see` for every brand that is here, and let others work in between."""
        for partition in list(self._partitions.values()):
            for place, brand in enumerate(list(partition.detector.states)):
                if place % _PORTION == 0:
                    await asyncio.sleep(0)
                see(partition.detector, brand)

    def _partition(self, number: int) -> _Partition:
        known = self._partitions.get(number)
        if known is None:
            known = self._partitions[number] = self._recovered(number)
        return known

    def _recovered(self, number: int) -> _Partition:
        """The brands of one partition, as their rows left them."""
        count = self._topics.partitions
        names = [
            brand.name
            for brand in self._settings.brands
            if partition_of(brand.name, count) == number
        ]
        detector = make_detector(self._settings, brands=names, sources=count)
        rows = self._stored(number)
        for key, row in rows.items():
            brand = key.decode(errors="replace")
            if brand in names:
                self._restore(detector, brand, row)
        # Evaluated as far as it had been: a tally that was late then must not be in time now.
        for progress in _reached(rows.get(_clock_key(number)), count):
            self._alerts += detector.advance(progress)
        # The generation begins anew where the group was deleted, and rows must go on growing.
        newest = max((row.version.epoch for row in rows.values()), default=0)
        return _Partition(number, detector, max(self._generation(), newest + 1))

    def _restore(self, detector: Detector, brand: str, row: Row) -> None:
        try:
            record = as_object(loads(zlib.decompress(row.value)), "row")
            state = BrandState.from_json(record.get("state"), self._settings.detection.windows)
            if state.brand != brand:
                raise InvalidRecord("bad_field", f"brand: this is the state of {state.brand!r}")
            unsent = [Alert.from_json(item) for item in as_list(record.get("alerts"), "alerts")]
        except (ValueError, TypeError, KeyError, zlib.error) as error:
            log.warning("unreadable state, the brand starts anew", brand=brand, error=str(error))
            return
        detector.restore(state)
        if unsent:
            self._alerts += unsent
            detector.touch(brand)

    def _rows(
        self, states: Mapping[str, Mapping[str, object]], alerts: Iterable[Alert]
    ) -> list[Outgoing]:
        unsent: dict[str, list[object]] = {}
        for alert in alerts:
            unsent.setdefault(alert.brand, []).append(alert.to_json())
        rows = []
        for brand, state in states.items():
            number = partition_of(brand, self._topics.partitions)
            value = zlib.compress(dumps({"state": state, "alerts": unsent.get(brand, [])}), _FAST)
            self._sizes[brand] = len(value)
            rows.append(self._row(number, brand.encode(), value))
        return rows

    def _clocks(self) -> list[Outgoing]:
        """How far the source partitions are: a worker that takes over may not be told again.

        Sent behind the brands' rows, so that it is never ahead of them.
        """
        rows = []
        for partition in self._partitions.values():
            reached = partition.detector.reached
            if reached != partition.stored_reached:
                partition.stored_reached = reached
                value = dumps({"reached": [list(item) for item in reached.items()]})
                rows.append(self._row(partition.number, _clock_key(partition.number), value))
        return rows

    def _row(self, partition: int, key: bytes, value: bytes) -> Outgoing:
        version = self._partitions[partition].next_version()
        return Outgoing(self._topics.states_changelog, partition, key, value, version)

    def _alert(self, alert: Alert) -> Outgoing:
        return Outgoing(self._topics.alerts, 0, alert.brand.encode(), dumps(alert.to_json()))


def _clock_key(partition: int) -> bytes:
    """A row that is no brand's: a brand's name can't begin with this character."""
    return f"\x1f{partition}".encode()


def _reached(row: Row | None, sources: int) -> list[Progress]:
    """How far event time was; nothing where the row can't be read, so that it is told anew."""
    if row is None:
        return []
    progress = []
    try:
        items = as_list(as_object(loads(row.value), "clock").get("reached"), "reached")
        for item in items:
            match item:
                case [int(source), int(at)] if source in range(sources):
                    progress.append(Progress(source, from_epoch(at)))
    except (ValueError, OverflowError) as error:
        log.warning("unreadable clock", error=str(error))
        return []
    return progress
