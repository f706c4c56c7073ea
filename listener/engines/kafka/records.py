"""Records on their way to Kafka, and the one on `tallies`."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import orjson
import structlog

from detectors.records import (
    Deletion,
    Glance,
    InvalidRecord,
    Progress,
    Rejection,
    Tally,
    dumps,
    loads,
)
from detectors.records.codec import as_list, as_object
from detectors.records.mention import SCHEMA_VERSION
from listener.engines.kafka.rows import Version

_TALLY_RECORD_BYTES: Final = 1024 * 1024
_MAX_DELETIONS: Final = 1000
_MAX_GLANCES: Final = 50
_RETRY_SECONDS: Final = 2.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One record to send; a value of `None` is a tombstone."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes | None
    version: Version | None = None


def rejection_record(topic: str, rejection: Rejection) -> Outgoing:
    """What can't be read, for `mentions.rejected`."""
    return Outgoing(topic, 0, None, dumps(rejection.to_json()))


Send = Callable[[Outgoing], Awaitable[Awaitable[object]]]
"""Hands a record to the producer; what that returns is done when the broker has it."""


async def send_all(send: Send, records: Iterable[Outgoing]) -> None:
    """Returns when the broker has acknowledged every record, trying again for as long as needed.

    A record may then be there twice and behind others of the same call; whoever reads it knows
    it by its position, its version or its id.
    """
    left = list(records)
    while left:
        results = await asyncio.gather(
            *(_send(send, record) for record in left), return_exceptions=True
        )
        failed = [
            (record, result)
            for record, result in zip(left, results, strict=True)
            if isinstance(result, BaseException)
        ]
        if not failed:
            return
        left = [record for record, _ in failed]
        error = str(failed[0][1]) or repr(failed[0][1])
        log.warning("broker doesn't take records, trying again", records=len(left), error=error)
        await asyncio.sleep(_RETRY_SECONDS)


async def _send(send: Send, record: Outgoing) -> None:
    await (await send(record))


@dataclass(frozen=True, slots=True)
class TallyRecord:
    """What one record of the `tallies` topic says, in the order in which it is to be taken up."""

    tallies: Sequence[Tally] = ()
    deletions: Sequence[Deletion] = ()
    progress: Sequence[Progress] = ()
    glances: Sequence[Glance] = ()


# Version 0.1.0, which a worker may still be, wants these in every record.
_ALL_HAVE: Final = {"schema_version": SCHEMA_VERSION, "tallies": [], "progress": []}


def tally_records(
    topic: str,
    partition: int,
    tallies: Iterable[Tally],
    deletions: Sequence[Deletion],
    progress: Sequence[Progress],
) -> list[Outgoing]:
    """Tallies for one partition in as few records as may be, behind them deletions and progress.

    They have to be acknowledged one after the other: a tally that came in behind a later one of
    the same source partition would look as if it had been folded before.
    """
    portions: list[list[orjson.Fragment]] = [[]]
    size = 0
    for tally in tallies:
        encoded = dumps(tally.to_json())
        size += len(encoded)
        if size > _TALLY_RECORD_BYTES and portions[-1]:
            portions.append([])
            size = len(encoded)
        portions[-1].append(orjson.Fragment(encoded))
    contents: list[dict[str, object]] = [{"tallies": some} for some in portions if some]
    for start in range(0, len(deletions), _MAX_DELETIONS):
        some_deletions = deletions[start : start + _MAX_DELETIONS]
        contents.append({"deletions": [item.to_json() for item in some_deletions]})
    contents = contents or [{}]
    contents[-1]["progress"] = [item.to_json() for item in progress]
    return [Outgoing(topic, partition, None, dumps(_ALL_HAVE | content)) for content in contents]


def glance_records(topic: str, partition: int, glances: Sequence[Glance]) -> list[Outgoing]:
    """Glances for one partition; a worker of before there were any passes over them."""
    portions = [
        glances[start : start + _MAX_GLANCES] for start in range(0, len(glances), _MAX_GLANCES)
    ]
    return [
        Outgoing(
            topic,
            partition,
            None,
            dumps(_ALL_HAVE | {"glances": [glance.to_json() for glance in some]}),
        )
        for some in portions
    ]


def parse_tally_record(data: bytes, sources: int) -> TallyRecord:
    """Read one record of the `tallies` topic; raises `InvalidRecord`.

    A position or progress on a partition that `mentions` doesn't have is refused: event time
    would wait for it for ever.
    """
    record = as_object(loads(data), "tallies")
    if not isinstance(record.get("schema_version"), int):
        raise InvalidRecord("unknown_schema", "schema_version: expected a whole number")
    tallies = [Tally.from_json(item) for item in as_list(record.get("tallies", []), "tallies")]
    gone = [Deletion.from_json(item) for item in as_list(record.get("deletions", []), "deletions")]
    progress = [
        Progress.from_json(item) for item in as_list(record.get("progress", []), "progress")
    ]
    glances = [Glance.from_json(item) for item in as_list(record.get("glances", []), "glances")]
    partitions = [*(tally.partition for tally in tallies), *(item.partition for item in progress)]
    partitions += [glance.partition for glance in glances]
    if wrong := set(partitions).difference(range(sources)):
        raise InvalidRecord("bad_field", f"partition: {min(wrong)} is none of {sources}")
    return TallyRecord(tallies, gone, progress, glances)
