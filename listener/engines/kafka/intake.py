"""From Faust's streams to the stages: each partition's records in turn, none left out."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection
from typing import Any, Final, Protocol

from faust import Stream
from faust.types import AppT

from listener.engines.kafka.batches import Batch
from listener.engines.kafka.event import FaustEvent, events_of
from listener.engines.kafka.flusher import Flushed, Flusher
from listener.engines.kafka.gaps import Starts, holds_records
from listener.engines.kafka.stall import Place
from listener.engines.kafka.stretch import Event
from sinks.brokers import Brokers

_YIELD_SECONDS: Final = 0.005


class WorkerFailed(Exception):
    """What a worker took can't be finished by it any more; another one begins where it was."""


class Stage(Flushed, Protocol):
    """What takes records."""

    def take(self, event: Event) -> None: ...


class Intake:
    """The records of the partitions that are here, as long as they are.

    `failed` is set where Faust has left records out. `is_open` says whether partitions are
    assigned: what is brought while it isn't belongs to others. `taken` counts records.
    """

    def __init__(self, app: AppT, brokers: Brokers, group: str) -> None:
        self._app = app
        self._brokers = brokers
        self._starts = Starts(brokers, group)
        self.is_open = False
        self.reached: dict[Place, int] = {}
        self.taken = 0
        self._queues: dict[str, Any] = {}  # asyncio's, which mypy lets nobody look into
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def open(self, places: Collection[Place]) -> None:
        """These partitions are assigned."""
        self._starts.begin(places)
        self.is_open = True

    def held(self, topic: str) -> int:
        """How many batches wait in its stream."""
        queue = self._queues.get(topic)
        return 0 if queue is None else queue.qsize()

    @property
    def waiting(self) -> set[Place]:
        """The partitions of which a batch waits in a stream."""
        queued = (event.message.tp for queue in self._queues.values() for event in queue._queue)
        return {(tp.topic, tp.partition) for tp in queued}

    async def pump(
        self,
        stream: Stream[bytes],
        stage: Stage,
        flusher: Flusher,
        *,
        gives_way: Callable[[], bool] = lambda: False,
    ) -> None:
        """Let a stage take all that comes, as fast as it has room.

        It rests as long as it `gives_way` to another.
        """
        looked = time.monotonic()
        async for event in self.events(stream):
            # Nothing may be waited for before this: the partition might go meanwhile.
            stage.take(event)
            self.taken += 1
            event.release()
            await flusher.wait_for_room()
            # Faust's streams don't yield as long as there is a next event; to yield behind each
            # costs a tenth of all time where records hold one mention.
            if time.monotonic() - looked > _YIELD_SECONDS:
                await asyncio.sleep(0)
                pause = 0.0
                while gives_way():
                    await asyncio.sleep(pause)
                    pause = min(pause + _YIELD_SECONDS / 5, _YIELD_SECONDS)
                looked = time.monotonic()

    async def events(self, stream: Stream[bytes]) -> AsyncIterator[FaustEvent]:
        """The records of a stream, each to be acknowledged by whoever took it.

        Where Faust goes back, what it brings again is passed over.
        """
        channel: Any = stream.channel  # Faust's own type of it knows no queue
        self._queues[channel.get_topic_name()] = channel.queue
        async for brought in stream.noack().events():
            batch = brought.message
            if not isinstance(batch, Batch):
                continue
            taken = self.reached.get((batch.topic, batch.partition), batch.begin)
            if batch.offset >= taken and await self._is_next(batch):
                for event in events_of(batch, brought.ack):
                    if not self._is_here(batch):
                        break
                    if event.offset >= taken:
                        yield event

    def _is_here(self, batch: Batch) -> bool:
        """Whether the partition has not gone meanwhile."""
        return self.is_open and batch.generation_id == self._app.consumer_generation_id

    async def _is_next(self, batch: Batch) -> bool:
        """False where the batch's partition has gone meanwhile.

        Never returns where Faust has left out what comes before it.
        """
        place = batch.topic, batch.partition
        expected = self.reached.get(place)
        while expected is None and self._is_here(batch):
            # As long as the broker doesn't say: to trust Faust here may lose what it left out.
            expected = await self._starts.of(place)
        if expected is None:
            return False
        left_out = batch.begin > expected and await asyncio.to_thread(
            holds_records, self._brokers, *place, expected, batch.begin
        )
        if not self._is_here(batch):
            return False
        if left_out:
            failure = f"{place[0]}:{place[1]}: {batch.begin} came instead of {expected}"
            if not self.failed.done():
                self.failed.set_exception(WorkerFailed(failure))
            await asyncio.Event().wait()
        self.reached[place] = batch.offset + 1
        return True
