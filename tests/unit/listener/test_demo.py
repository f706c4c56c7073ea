"""What the demo shows: one incident, from the first bell to all clear."""

from datetime import UTC, datetime
from pathlib import Path

from detectors.records import Severity, Status
from listener.backtest import Summary, play
from listener.demo.play import EVENING, RECORDING, make_demo
from listener.recordings import Layout, Recording


def test_the_alert_climbs_comes_down_and_is_resolved(tmp_path: Path) -> None:
    now = datetime(2026, 2, 1, tzinfo=UTC)
    settings, _ = make_demo(tmp_path, speed=0)
    recording = Recording(RECORDING, Layout({}), now)
    alerts = list(play(recording, settings.pipeline, now, summary=Summary()))
    assert len({alert.incident_id for alert in alerts}) == 1
    assert alerts[0].status is Status.OPENED
    assert alerts[0].at > EVENING
    assert Severity.CRISIS in {alert.severity for alert in alerts}
    assert [alert.status for alert in alerts][-2:] == [Status.DE_ESCALATED, Status.RESOLVED]
