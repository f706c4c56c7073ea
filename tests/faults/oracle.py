"""What should have come of a recording, worked out from the recording alone."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from detectors.brand_state import BrandState
from detectors.dedupe import Seen
from detectors.records import Counts, Mention, loads
from detectors.records.codec import as_object
from detectors.records.envelope import parse_envelope
from detectors.settings import DetectionSettings
from listener.backtest import Summary, play
from listener.brands import Brand
from listener.engines.kafka.records import parse_tally_record
from listener.engines.kafka.rows import Row, Rows
from listener.engines.kafka.seen_format import read_seen
from listener.ingest import utc_now
from listener.pipeline import PipelineSettings, make_scorer
from listener.recordings import Layout, Recording
from tests.faults.system import System


@dataclass(frozen=True, slots=True)
class Expected:
    """The alerts in order, and the totals of all brands over the whole recording."""

    alerts: list[dict[str, object]]
    totals: Counts


def expect(path: Path, *brands: tuple[str, Sequence[str]]) -> Expected:
    """The pure pipeline, in one process without any state that could get lost."""
    settings = PipelineSettings(tuple(Brand(name, tuple(terms)) for name, terms in brands))
    now = utc_now()
    recording = Recording(path, Layout({}), now)
    alerts = [alert.to_json() for alert in play(recording, settings, now, summary=Summary())]
    rows = (recording.read(place, now) for place in range(len(recording)))
    mentions = Seen().only_new(row for row in rows if isinstance(row, Mention))
    totals = Counts()
    for tally in make_scorer(settings).tally(mentions, 0, 0).tallies:
        for bucket in tally.buckets.values():
            totals.add(bucket.counts)
    recording.close()
    return Expected(alerts, _tallied(totals))


def counted(system: System) -> Counts:
    """The totals that the next worker would recover, of what has been evaluated."""
    rows = Rows()
    for record in system.on_topic("listener-states-changelog"):
        rows.take(record)
    return counts_in(rows, system.partitions)


def counts_in(rows: Rows, partitions: int) -> Counts:
    """The totals of all brands' states."""
    totals = Counts()
    for partition in range(partitions):
        for key, row in rows.of(partition).items():
            if not key.startswith(b"\x1f"):
                totals.add(_counts_in(row))
    return _tallied(totals)


def unreadable(system: System) -> set[str]:
    """Where on `mentions` nobody could read anything, as far as event time has come behind it."""
    waiting: dict[int, set[str]] = {}
    passed: set[str] = set()
    for record in system.on_topic("mentions"):
        behind = waiting.setdefault(record.partition, set())
        envelope, rejections = parse_envelope(record.value, now=utc_now())
        if rejections:
            behind.add(f"{system.prefix}mentions:{record.partition}:{record.offset}")
        if envelope.watermark is not None:
            passed |= behind
            behind.clear()
    return passed


def trace(system: System) -> str:
    """How far the mentions came, to find out where they were lost."""
    ids: set[str] = set()
    for record in system.on_topic("mentions"):
        ids |= {m.id for m in parse_envelope(record.value, now=utc_now())[0].mentions}
    tallies: dict[tuple[str, int, int], int] = {}
    for record in system.on_topic("tallies"):
        for tally in parse_tally_record(record.value, system.partitions).tallies:
            mentions = sum(bucket.counts.mentions for bucket in tally.buckets.values())
            tallies[tally.brand, tally.partition, tally.offset] = mentions
    rows = {record.key: record.value for record in system.on_topic("listener-seen-changelog")}
    hours = (hour for value in rows.values() if value for hour in read_seen(value)[1])
    keys = sum(len(digests) for _, digests in hours)
    return f"{len(ids)} on mentions, {keys} keys seen, {sum(tallies.values())} in tallies"


def _tallied(counts: Counts) -> Counts:
    """Without the authors: whom the detector takes for another one depends on when it looks."""
    return replace(counts, authors=0)


def _counts_in(row: Row) -> Counts:
    """Nothing for a row that no worker could read either."""
    try:
        stored = as_object(loads(zlib.decompress(row.value)), "row")
    except zlib.error:
        return Counts()
    state = BrandState.from_json(stored["state"], DetectionSettings().windows)
    totals = Counts()
    totals.add(state.total)
    for bucket in state.ahead.values():
        totals.add(bucket.counts)
    return totals


def distinct(alerts: list[dict[str, object]]) -> list[dict[str, object]]:
    """Each alert once, in the order in which they first came: they may come again, unchanged."""
    seen: dict[object, dict[str, object]] = {}
    for alert in alerts:
        assert seen.setdefault(alert["alert_id"], alert) == alert, "two alerts under one id"
    return list(seen.values())
