"""What should have come of a recording, worked out from the recording alone."""

import zlib
from collections.abc import Iterable, Mapping, Sequence
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
    """The alerts in order, and what was counted of each brand over the whole recording."""

    alerts: list[dict[str, object]]
    counts: dict[str, Counts]

    @property
    def mentions(self) -> int:
        return mentions_in(self.counts)


def expect(path: Path, *brands: tuple[str, Sequence[str]]) -> Expected:
    """The pure pipeline, in one process without any state that could get lost."""
    settings = PipelineSettings(tuple(Brand(name, tuple(terms)) for name, terms in brands))
    now = utc_now()
    recording = Recording(path, Layout({}), now)
    alerts = [alert.to_json() for alert in play(recording, settings, now, summary=Summary())]
    rows = (recording.read(place, now) for place in range(len(recording)))
    mentions = Seen().only_new(row for row in rows if isinstance(row, Mention))
    counts = {
        tally.brand: _sum(bucket.counts for bucket in tally.buckets.values())
        for tally in make_scorer(settings).tally(mentions, 0, 0).tallies
    }
    recording.close()
    return Expected(alerts, counts)


def mentions_in(counts: Mapping[str, Counts]) -> int:
    """All brands' together."""
    return sum(of_brand.mentions for of_brand in counts.values())


def counted(system: System) -> dict[str, Counts]:
    """What the next worker would recover of each brand."""
    rows = Rows()
    for record in system.on_topic("listener-states-changelog"):
        rows.take(record)
    return counts_in(rows, system.partitions)


def counts_in(rows: Rows, partitions: int) -> dict[str, Counts]:
    """What the states say of each brand that anything was said of."""
    states = [
        _state(row)
        for partition in range(partitions)
        for key, row in rows.of(partition).items()
        if not key.startswith(b"\x1f")
    ]
    return {
        state.brand: counts
        for state in states
        if state is not None
        and (counts := _sum([state.total, *(b.counts for b in state.ahead.values())])).mentions
    }


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


def _sum(some: Iterable[Counts]) -> Counts:
    """Without the authors: whom the detector takes for another one depends on when it looks."""
    total = Counts()
    for counts in some:
        total.add(counts)
    return replace(total, authors=0)


def _state(row: Row) -> BrandState | None:
    """`None` for a row that no worker could read either."""
    try:
        stored = as_object(loads(zlib.decompress(row.value)), "row")
    except zlib.error:
        return None
    return BrandState.from_json(stored["state"], DetectionSettings().windows)


def distinct(alerts: list[dict[str, object]]) -> list[dict[str, object]]:
    """Each alert once, in the order in which they first came: they may come again, unchanged."""
    seen: dict[object, dict[str, object]] = {}
    for alert in alerts:
        assert seen.setdefault(alert["alert_id"], alert) == alert, "two alerts under one id"
    return list(seen.values())
