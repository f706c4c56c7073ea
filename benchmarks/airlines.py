"""Whether the bell rings in the two labelled crises of three airlines, and how often outside.

    python -m benchmarks.airlines --data ../shared/data

With the shipped defaults. Goal: Delta (JetBlue's tweets) within 2 h of its window's start, United
within 4 h, and at most one incident of `issue` or higher outside the windows, all three together.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.command_line import add_data, command_line
from detectors.records import Alert, Severity
from listener.backtest import Summary, play
from listener.brands import Brand
from listener.pipeline import PipelineSettings
from listener.recordings import Layout, Recording

_COLUMNS = "id=tweet_id,text=text,author=name,published_at=tweet_created,reach=retweet_count"
_BRANDS = ("United=@united", "Delta=@JetBlue", "Virgin=@VirginAmerica")
_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Window:
    """A crisis by people's labels."""

    brand: str
    start: datetime
    end: datetime

    def holds(self, alert: Alert) -> bool:
        return alert.brand == self.brand and self.start <= alert.at <= self.end


def windows(path: Path) -> list[Window]:
    return [
        Window(window["brand"], _time(window["start"]), _time(window["end"]))
        for window in json.loads(path.read_text("utf-8"))["windows"]
    ]


def _time(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M %z")


def first_bells(alerts: Iterator[Alert]) -> list[Alert]:
    """The first alert of `issue` or higher of each incident."""
    first: dict[str, Alert] = {}
    for alert in alerts:
        if alert.severity.at_least(Severity.ISSUE):
            first.setdefault(alert.incident_id, alert)
    return list(first.values())


def main() -> None:
    parser = command_line(__doc__)
    add_data(parser, "mentions/airlines.csv", "mentions/airlines_windows.json")
    folder = parser.parse_args().data / "mentions"
    now = datetime.now(UTC)
    recording = Recording(folder / "airlines.csv", Layout.parse(_COLUMNS), now)
    settings = PipelineSettings(tuple(Brand.parse(brand) for brand in _BRANDS))
    bells = first_bells(play(recording, settings, now, summary=Summary()))
    known = windows(folder / "airlines_windows.json")
    for window in known:
        inside = [bell for bell in bells if window.holds(bell)]
        if inside:
            late = (inside[0].at - window.start).total_seconds() / _HOUR
            print(f"{window.brand}: {inside[0].severity.value} after {late:.2f} h")
        else:
            print(f"{window.brand}: missed")
    outside = [bell for bell in bells if not any(window.holds(bell) for window in known)]
    print(f"outside the windows: {len(outside)}")
    for bell in outside:
        reason = bell.reason
        print(
            f"  {bell.brand} {bell.at:%d %b %H:%M} UTC: {reason.observed} negative where "
            f"{reason.expected:.1f} are usual, in {reason.window_seconds // 60} min"
        )


if __name__ == "__main__":
    main()
