"""Records from Faust in batches, as its cost is per message.

Faust spends as much on bringing a message as scoring a mention takes: two tasks in the consumer's
loop, an event, a place in a queue, an acknowledgement. Here a message stands for the records of
one partition that were fetched together and follow each other without a hole; on topics that are
not `batched`, for one record. Which partitions they come from is told in `turns`.

So are the rows of changelogs, which Faust reads when partitions come in: one by one they took 156
microseconds each, so that a worker that took over behind an hour of load stood still for two
minutes. Holes mean nothing there, as compaction leaves many and nothing is acknowledged.

Faust tells messages apart by their offset. A batch bears that of its last record, so two places
have to know better: what lies before it is no hole in the log, and to acknowledge it is to
acknowledge all of it.
"""

import asyncio
import math
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, Final, Protocol

from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer, Transport
from faust.types import TP, ConsumerMessage, Message

from listener.engines.kafka.turns import Turns

MAX_BYTES: Final = 256 * 1024
"""A batch ends with the record that reaches this."""

_LONGEST_FETCH_MS: Final = 200
# How long to wait for those whose turn it is, before looking whether it is others'.
_TURN_SECONDS: Final = 0.05
# Asked less often, Faust is doing something else: nothing is held back on purpose then.
_ASKS_SECONDS: Final = 5.0


class Record(Protocol):
    """What is used of aiokafka's records; `timestamp` is in milliseconds since 1970."""

    @property
    def topic(self) -> str: ...

    @property
    def partition(self) -> int: ...

    @property
    def offset(self) -> int: ...

    @property
    def timestamp(self) -> int: ...

    @property
    def key(self) -> bytes | None: ...

    @property
    def value(self) -> bytes | None: ...

    @property
    def headers(self) -> object: ...


def in_batches(records: Sequence[Record], *, over_holes: bool = False) -> Iterator[list[Record]]:
    """Records of one partition that were fetched together, cut at every hole, or `over_holes`."""
    batch: list[Record] = []
    size = 0
    for record in records:
        is_behind_hole = bool(batch) and record.offset != batch[-1].offset + 1
        if batch and (size >= MAX_BYTES or (is_behind_hole and not over_holes)):
            yield batch
            batch, size = [], 0
        batch.append(record)
        size += len(record.value or b"")
    if batch:
        yield batch


class Batch(ConsumerMessage):
    """Faust's message, standing for several records."""

    def __init__(self, records: Sequence[Record], tp: TP, generation: int) -> None:
        last = records[-1]
        super().__init__(
            topic=last.topic,
            partition=last.partition,
            offset=last.offset,
            timestamp=last.timestamp / 1000,
            timestamp_type=0,
            headers=None,
            key=None,
            value=None,
            checksum=None,
            tp=tp,
            generation_id=generation,
        )
        self.begin = records[0].offset
        self._records = records

    def take_records(self) -> Sequence[Record]:
        """Its records, once: a batch that waits to be acknowledged holds none of them."""
        records, self._records = self._records, ()
        return records


class ImpatientThread(AIOKafkaConsumerThread):
    """Where aiokafka runs; Faust lets a broker that has nothing new keep a request for 1.5 s.

    A partition that comes in, or goes on, has to wait for that: aiokafka has one request under way
    to a broker at a time.
    """

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = _LONGEST_FETCH_MS
        return consumer


class BatchConsumer(Consumer):
    """Faust's consumer, with all records in a `Batch`."""

    transport: "BatchTransport"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._begins: dict[TP, int] = {}
        self.turns = Turns(self.transport.has_room)
        self._asked = -math.inf
        self._held_back: set[TP] = set()

    def _new_consumer_thread(self) -> ImpatientThread:
        return ImpatientThread(self, loop=self.loop, beacon=self.beacon)

    @property
    def held_back(self) -> set[TP]:
        """The partitions that nothing is asked of just now, as it is others' turn."""
        is_asking = time.monotonic() - self._asked < _ASKS_SECONDS
        return self._held_back if is_asking else set()

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> dict[TP, Any]:  # noqa: ASYNC109 - Faust's
        if active_partitions is None:
            fetched = await super()._getmany(None, timeout)
            return {tp: self._in_batches(tp, records) for tp, records in fetched.items()}
        # A copy, as Faust's own set may be emptied meanwhile, which would be taken for "all".
        active = {*active_partitions}
        changelogs = {tp for tp in active if self._is_changelog_tp(tp)}
        self._asked = time.monotonic()
        self._held_back = active - changelogs
        wanted = changelogs | self.turns.next(active - changelogs, self._asked)
        self._held_back -= wanted
        if self._held_back or self.turns.is_expecting:
            timeout = min(timeout, _TURN_SECONDS)
        if not wanted:  # which would be taken for "all", too
            await asyncio.sleep(timeout)
            return {}
        fetched = await super()._getmany(wanted, timeout)
        for tp in fetched.keys() - changelogs:
            last = fetched[tp][-1]
            self.turns.brought(tp, last.timestamp, (self.highwater(tp) or 0) - last.offset - 1)
        return {tp: self._in_batches(tp, records) for tp, records in fetched.items()}

    def _in_batches(self, tp: TP, records: Sequence[Any]) -> Sequence[list[Record]]:
        if self._is_changelog_tp(tp):
            return list(in_batches(records, over_holes=True))
        if tp.topic in self.transport.batched:
            return list(in_batches(records))
        return [[record] for record in records]

    def _to_message(self, tp: TP, record: Any) -> ConsumerMessage:
        batch = Batch(record, tp, self.app.consumer_generation_id)
        self._begins[tp] = batch.begin
        return batch

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Faust takes all between the last message and this one for a hole."""
        if not self._is_changelog_tp(tp):
            offset_to = self._begins[tp] - 1
        await super()._add_gap(tp, offset_from, offset_to)

    def ack(self, message: Message) -> bool:
        """All records of the message are done with."""
        if isinstance(message, Batch) and not message.acked:
            committed = self._committed_offset[message.tp]
            known = self._acked_index[message.tp]
            others = range(max(message.begin, committed or 0), message.offset)
            self._acked[message.tp].extend(one for one in others if one not in known)
            known.update(others)
        return bool(super().ack(message))


class BatchTransport(Transport):
    """Aiokafka's, with the records of the topics `batched` in batches."""

    Consumer = BatchConsumer

    def __init__(self, app: Any, batched: Collection[str], has_room: Callable[[str], bool]) -> None:
        """`has_room` says whether the stream of a topic takes more."""
        super().__init__(app.conf.broker_consumer, app)
        self.batched = frozenset(batched)
        self.has_room = has_room
