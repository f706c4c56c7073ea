"""Records on their way to Kafka, and the one on `tallies`."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from detectors.records import InvalidRecord, Progress, Tally, dumps, loads
from detectors.records.codec import as_list, as_object
from detectors.records.mention import SCHEMA_VERSION

_TALLIES_PER_RECORD: Final = 200
_RETRY_SECONDS: Final = 2.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One record to send; a value of `None` is a tombstone."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes | None


Send = Callable[[Outgoing], Awaitable[Awaitable[object]]]
"""Hands a record to the producer; what that returns is done when the broker has it."""


async def send_all(send: Send, records: Iterable[Outgoing]) -> None:
    """Returns when the broker has acknowledged every record, trying again for as long as needed.

    A record may then be there twice; whoever reads it knows by its position or its id.
    """
    records = list(records)
    while records:
        try:
            acknowledged = [await send(record) for record in records]
            await asyncio.gather(*acknowledged)
        except Exception as error:  # noqa: BLE001 - aiokafka's and asyncio's errors alike
            log.warning("broker doesn't take records, trying again", error=str(error))
            await asyncio.sleep(_RETRY_SECONDS)
        else:
            return


def tally_records(
    topic: str, partition: int, tallies: Sequence[Tally], progress: Sequence[Progress]
) -> Iterable[Outgoing]:
    """Tallies for one partition in as few records as may be, the progress behind them all."""
    starts = range(0, max(len(tallies), 1), _TALLIES_PER_RECORD)
    for start in starts:
        some = tallies[start : start + _TALLIES_PER_RECORD]
        is_last = start == starts[-1]
        value = {
            "schema_version": SCHEMA_VERSION,
            "tallies": [tally.to_json() for tally in some],
            "progress": [item.to_json() for item in progress] if is_last else [],
        }
        yield Outgoing(topic, partition, None, dumps(value))


def parse_tally_record(data: bytes) -> tuple[list[Tally], list[Progress]]:
    """Read one record of the `tallies` topic; raises `InvalidRecord`."""
    record = as_object(loads(data), "tallies")
    if not isinstance(record.get("schema_version"), int):
        raise InvalidRecord("unknown_schema", "schema_version: expected a whole number")
    tallies = [Tally.from_json(item) for item in as_list(record.get("tallies"), "tallies")]
    progress = [Progress.from_json(item) for item in as_list(record.get("progress"), "progress")]
    return tallies, progress
