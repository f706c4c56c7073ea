"""What the demo plays: the bundled recording and the settings for its brand."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from listener.brands import Brand
from listener.connectors.replay import ReplayConnector, ReplaySettings
from listener.settings import Settings, add_slack_from_environment, make_settings

RECORDING: Final = Path(__file__).parent / "recording.jsonl"
BRAND: Final = Brand("Zilvernet", ("Zilvernet", "@zilvernet", "@zilvernetcare"))
# What comes before is there to learn from; from here on it is played at the given speed.
EVENING: Final = datetime(2026, 1, 15, 17, 45, tzinfo=UTC)
LENGTH: Final = timedelta(minutes=145)


def make_demo(data_dir: Path, speed: float) -> tuple[Settings, ReplayConnector]:
    """The settings and the connector; state goes into `data_dir`."""
    values: dict[str, object] = {
        "brands": [BRAND],
        "data_dir": data_dir,
        "broker": "",
        "metrics": {"port": 0},
    }
    add_slack_from_environment(values)
    replay = ReplaySettings(
        type="replay", path=RECORDING, name="demo", speed=speed, fast_until=EVENING
    )
    return make_settings(values, "demo"), ReplayConnector(replay)
