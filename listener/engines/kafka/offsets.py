"""How long partitions are, and how far the group has come, as Faust's consumer knows it."""

from collections.abc import Mapping, Set
from typing import Any

from faust.types import TP

from listener.engines.kafka.stall import Place


async def ends_and_committed(
    consumer: Any, topics: Set[str]
) -> tuple[dict[Place, int], dict[Place, int]]:
    """Of the partitions of these topics that are here: the offset behind the last record, and the
    one from which on nothing is acknowledged; raises what aiokafka does."""
    places = [tp for tp in consumer.assignment() if tp.topic in topics]
    ends = await consumer.highwaters(*places)
    committed = {tp: at for tp, at in consumer._committed_offset.items() if at is not None}
    begun = await consumer.earliest_offsets(*places)
    return _by_place(ends), _by_place({**begun, **committed})


def _by_place(offsets: Mapping[TP, int | None]) -> dict[Place, int]:
    return {(tp.topic, tp.partition): at for tp, at in offsets.items() if at is not None}
