"""Playing history through the pure pipeline at full speed: no broker, no clock, no state kept.

Event time passes just as in a live replay of the same file, so what rings here is what would
have rung there.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from detectors.baseline import HOUR
from detectors.dedupe import Seen
from detectors.detector import Detector
from detectors.records import Alert, Mention, Progress, Rejection
from detectors.records.times import from_epoch
from detectors.scoring import STEP
from listener.onset import Onsets
from listener.pipeline import PipelineSettings, make_detector, make_scorer
from listener.recordings import Recording

_BATCH: Final = 50


@dataclass(slots=True)
class Summary:
    """What went in. `rejections` holds the first few of those counted in `rejected`, `anonymous`
    counts the mentions of a brand that name no author, `onsets` is to hear every alert."""

    mentions: int = 0
    repeated: int = 0
    unmatched: int = 0
    anonymous: int = 0
    rejected: int = 0
    first: datetime | None = None
    last: datetime | None = None
    scored: Counter[tuple[str, str]] = field(default_factory=Counter)
    rejections: list[Rejection] = field(default_factory=list)
    onsets: Onsets = field(default_factory=Onsets)

    def reject(self, rejection: Rejection) -> None:
        """Count it, and keep it if it is one of the first."""
        self.rejected += 1
        if len(self.rejections) < _BATCH:
            self.rejections.append(rejection)


def play(
    recording: Recording,
    settings: PipelineSettings,
    now: datetime,
    *,
    summary: Summary,
    on_progress: Callable[[int], None] = lambda rows: None,
    on_hour: Callable[[Detector], None] = lambda detector: None,
    detector: Detector | None = None,
    seen: Seen | None = None,
) -> Iterator[Alert]:
    """The alerts as they arise; `summary` is filled in on the way.

    `on_progress` hears of rows read, `on_hour` of every hour of event time that is over. A
    `detector` and what was `seen` may be given, to be used further.
    """
    scorer = make_scorer(settings)
    detector = detector or make_detector(settings)
    seen = seen if seen is not None else Seen()
    size = len(recording)
    summary.first, summary.last = (
        from_epoch(recording.time(0)),
        from_epoch(recording.time(size - 1)),
    )
    detector.advance(Progress(0, summary.first))
    for start in range(0, size, _BATCH):
        end = min(start + _BATCH, size)
        mentions = list(_mentions(recording, start, end, now, summary))
        score = scorer.tally(mentions, 0, start, seen.only_new)
        summary.mentions += len(mentions) - score.repeated
        summary.repeated += score.repeated
        summary.unmatched += score.unmatched
        summary.anonymous += sum(mention.author is None for mention in score.mentions)
        summary.scored += score.scored
        for mistake in score.mistakes:
            summary.reject(mistake.rejection())
        for tally in score.tallies:
            detector.fold(tally)
            summary.onsets.said(tally)
        reached = (
            recording.time(end) if end < size else recording.time(end - 1) // STEP * STEP + STEP
        )
        seen.expire(from_epoch(reached))
        for hour in _hours(detector.watermark, reached):
            yield from detector.advance(Progress(0, from_epoch(hour)))
            on_hour(detector)
        yield from detector.advance(Progress(0, from_epoch(reached)))
        on_progress(end - start)


def _hours(watermark: int | None, reached: float) -> range:
    """The ends of the hours that lie between."""
    if watermark is None:
        return range(0)
    return range(watermark // HOUR * HOUR + HOUR, int(reached) + 1, HOUR)


def _mentions(
    recording: Recording, start: int, end: int, now: datetime, summary: Summary
) -> Iterator[Mention]:
    for position in range(start, end):
        row = recording.read(position, now)
        if isinstance(row, Mention):
            yield row
        else:
            summary.reject(row)
