"""The last stage of a worker: alerts from `crisis-alerts` to the sinks.

A record is acknowledged once every sink is done with its alert, in order; after a crash those
that were not acknowledged are delivered again, with the same ids. What is under delivery is
remembered beyond a move of partitions: if the same alert comes again meanwhile, it isn't
delivered twice.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import structlog

from detectors.records import Alert, InvalidRecord, Rejection, dumps, loads
from listener.engines.kafka.records import Outgoing, Send, rejection_record, send_all
from listener.engines.kafka.stretch import Event
from listener.engines.kafka.topics import Topics
from listener.engines.observer import WorkerObserver
from listener.logs import delivery_facts
from sinks.dead_letter import dead_letter
from sinks.publisher import Publisher
from sinks.sink import Outcome

_REMEMBERED: Final = 10_000

log = structlog.get_logger()


class PublishStage:
    """Hands alerts to the publisher and acknowledges them when it is done with them.

    `settled` and `buried` are the publisher's callbacks.
    """

    def __init__(
        self,
        topics: Topics,
        *,
        send: Send,
        observer: WorkerObserver,
        on_done: Callable[[str], None],
    ) -> None:
        """`on_done` hears the id of every alert that all sinks are done with."""
        self._observer = observer
        self._topics = topics
        self._send = send
        self._on_done = on_done
        self._open: OrderedDict[int, tuple[Event, str]] = OrderedDict()
        self._waiting: dict[str, set[str]] = {}
        self._delivered: OrderedDict[str, None] = OrderedDict()

    async def take(self, event: Event, publisher: Publisher) -> None:
        """Deliver one record's alert, unless it has been delivered from here before."""
        try:
            alert = Alert.from_json(loads(event.value or b""))
        except InvalidRecord as error:
            self._observer.unreadable(self._topics.alerts)
            log.warning("unreadable record on crisis-alerts", offset=event.offset, error=str(error))
            where = f"{self._topics.alerts}:{event.partition}:{event.offset}"
            rejection = Rejection.of(error, event.value, where)
            await send_all(self._send, [rejection_record(self._topics.rejected, rejection)])
            self._open[event.offset] = event, ""
            self._acknowledge()
            return
        self._open[event.offset] = event, alert.alert_id
        if alert.alert_id in self._waiting:
            return
        if alert.alert_id in self._delivered or not publisher.names:
            self._done(alert.alert_id)
            return
        self._waiting[alert.alert_id] = set(publisher.names)
        await publisher.submit(alert)

    async def settled(self, alert: Alert, sink: str, outcome: Outcome) -> None:
        log.info("alert settled", **delivery_facts(alert, sink, outcome))
        waiting = self._waiting.get(alert.alert_id, set())
        waiting.discard(sink)
        if not waiting:
            self._done(alert.alert_id)

    async def buried(self, alert: Alert, sink: str, error: str) -> None:
        letter = dumps(dead_letter(alert, sink, error))
        await send_all(self._send, [Outgoing(self._topics.dead, 0, alert.brand.encode(), letter)])

    def forget(self) -> None:
        """The partition goes elsewhere: what is open is delivered there, perhaps twice."""
        self._open.clear()

    def _done(self, alert_id: str) -> None:
        self._waiting.pop(alert_id, None)
        self._delivered[alert_id] = None
        if len(self._delivered) > _REMEMBERED:
            self._delivered.popitem(last=False)
        self._on_done(alert_id)
        self._acknowledge()

    def _acknowledge(self) -> None:
        """Acknowledge in order, as far as all is done: Faust commits the highest offset."""
        while self._open:
            offset, (event, alert_id) = next(iter(self._open.items()))
            if alert_id in self._waiting:
                return
            event.ack()
            del self._open[offset]
