"""`listener backfill`: history in, so that a brand need not be learned from nothing."""

from collections import deque
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from detectors.dedupe import Seen
from detectors.detector import Detector
from listener.backtest import Summary, play
from listener.commands.options import (
    DEFAULT_CONFIG,
    RECORDING,
    ConfigOption,
    KindOption,
    MapOption,
    SourceOption,
    layout_of,
)
from listener.engines.embedded import STATE_FILE
from listener.engines.store import Store
from listener.errors import UsageError
from listener.ingest import utc_now
from listener.pipeline import make_detector
from listener.recordings import Recording
from listener.settings import Settings, load_settings
from listener.streams import name_of

_GAP: Final = timedelta(hours=6)


def backfill(
    file: Annotated[Path, typer.Argument(help=RECORDING)],
    columns: MapOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    source: SourceOption = "replay",
    kind: KindOption = "other",
) -> None:
    """Learn what is usual from history, before the service runs for the first time.

    The history should reach up to now: hours without it are learned as silent. Nothing rings.
    Example: listener backfill last-month.csv --map text=body,published_at=created
    """
    settings = load_settings(config)
    if settings.broker:
        raise UsageError("backfill is for the service without a broker; with one, use replay")
    messages, now = Console(stderr=True), utc_now()
    recording = Recording(file, layout_of(columns, source, kind), now)
    detector, seen, summary = make_detector(settings.pipeline), Seen(), Summary()
    store = _fresh_store(settings)
    try:
        alerts = play(
            recording, settings.pipeline, now, summary=summary, detector=detector, seen=seen
        )
        deque(alerts, maxlen=0)
        _keep(store, detector, seen)
    finally:
        recording.close()
        store.close()
    for rejection in summary.rejections:
        messages.print(f"rejected {rejection.where}: {rejection.reason}", markup=False)
    messages.print(
        f"{name_of(file)}: {summary.mentions} mentions learned, {summary.repeated} repeated, "
        f"{summary.unmatched} of no brand, {summary.rejected} rejected",
        markup=False,
        highlight=False,
    )
    if summary.last is not None and now - summary.last > _GAP:
        messages.print(
            f"the history ends at {summary.last:%Y-%m-%d %H:%M} UTC: the hours since then will be "
            "learned as silent",
            markup=False,
            highlight=False,
        )


def _fresh_store(settings: Settings) -> Store:
    """Raises `UsageError` where one of the brands has a past already: it would count twice."""
    store = Store(settings.data_dir / STATE_FILE)
    names = {brand.name for brand in settings.brands}
    known = {state.brand for state in store.brands(settings.detection.windows)} & names
    if known:
        store.close()
        raise UsageError(
            f"{settings.data_dir / STATE_FILE}: {', '.join(sorted(known))} has been listened to "
            "already; backfill comes before the first run, or takes another data_dir"
        )
    return store


def _keep(store: Store, detector: Detector, seen: Seen) -> None:
    for state in detector.states.values():
        state.become_past()
    with store.transaction():
        store.put_seen(seen.take_fresh())
        store.put_brands(detector.states.values())
