"""The service on the embedded engine: whatever becomes of its process, the same alerts come out."""

import random
import time
from datetime import datetime
from pathlib import Path

import pytest

from listener.engines.store import Store
from tests.integration.listener_command import (
    free_port,
    get,
    lines,
    listener,
    refusal,
    running,
    stop,
    wait_until,
    write_config,
)
from tests.integration.story import (
    OUTAGE,
    OUTAGE_ENDS,
    rings,
    write_recording,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_recording(tmp_path / "recording.jsonl")
    return tmp_path


def replay(folder: Path, **settings: object) -> dict[str, object]:
    path = str(folder / "recording.jsonl")
    return {"connectors": [{"type": "replay", "path": path, "speed": 0} | settings]}


def in_order(alerts: list[dict[str, object]]) -> list[dict[str, object]]:
    """Each alert once, though it may have been delivered twice; twice the same, that is."""
    once: dict[str, dict[str, object]] = {}
    for alert in alerts:
        assert once.setdefault(str(alert["alert_id"]), alert) == alert
    return list(once.values())


def play_to_the_end(config: Path) -> None:
    done = listener("run", "--config", config, "--until-done")
    assert done.returncode == 0, done.stderr


def test_it_rings_within_the_outage_and_not_outside() -> None:
    times = [datetime.fromisoformat(str(alert["at"])) for alert in rings()]
    opened = [alert for alert in rings() if alert["status"] == "opened"]
    assert len(opened) == 1
    assert OUTAGE < times[0] < OUTAGE_ENDS
    assert rings()[-1]["status"] == "resolved"
    severities = {alert["severity"] for at, alert in zip(times, rings(), strict=True)}
    assert severities & {"issue", "serious", "crisis"}
    loud = [at for at, alert in zip(times, rings(), strict=True) if alert["severity"] != "watch"]
    assert max(loud) < OUTAGE_ENDS


def test_a_run_at_a_high_speed_gives_what_the_backtest_gives(folder: Path) -> None:
    play_to_the_end(write_config(folder, **replay(folder, speed=100_000)))
    assert lines(folder / "alerts.jsonl") == rings()
    assert not (folder / "data" / "rejected.jsonl").exists()
    assert not (folder / "data" / "dead-letters.jsonl").exists()


def test_a_run_at_full_speed_does_too_whatever_the_order_of_the_rows(folder: Path) -> None:
    rows = (folder / "recording.jsonl").read_text().splitlines()
    random.Random(1).shuffle(rows)
    (folder / "recording.jsonl").write_text("\n".join([*rows, *rows[:20]]))
    play_to_the_end(write_config(folder))
    assert lines(folder / "alerts.jsonl") == rings()


def test_killed_again_and_again_it_gives_the_same_alerts(folder: Path) -> None:
    port = free_port()
    config = write_config(folder, metrics={"port": port}, **replay(folder, speed=100_000))
    dice = random.Random()
    for _ in range(3):
        with running("run", "--config", config) as process:
            wait_until(lambda: get(f"http://127.0.0.1:{port}/healthz")[0] == 200, "the service")
            time.sleep(dice.uniform(0.0, 0.8))
            process.kill()
    play_to_the_end(config)
    alerts = lines(folder / "alerts.jsonl")
    assert in_order(alerts) == rings()


def test_stopped_in_the_middle_of_the_outage_it_goes_on_where_it_was(folder: Path) -> None:
    config = write_config(folder, **replay(folder, speed=600, fast_until=OUTAGE))
    with running("run", "--config", config) as process:
        wait_until(lambda: lines(folder / "alerts.jsonl") != [], "the first alert")
        code, output = stop(process)
    assert (code, "stopped" in output) == (0, True), output
    heard = lines(folder / "alerts.jsonl")
    assert 0 < len(heard) < len(rings())
    play_to_the_end(write_config(folder))
    assert lines(folder / "alerts.jsonl") == rings()


def test_a_second_service_on_the_same_state_is_refused(folder: Path) -> None:
    config = write_config(folder, connectors=[])
    state = folder / "data" / "listener.db"
    Store(state).close()  # it was there before: opening it is not what locks it
    with running("run", "--config", config) as first:
        wait_until(Path(f"{state}-wal").exists, "the service to begin")
        line = refusal(listener("run", "--config", config))
        assert f"{state}: in use by another listener" in line
        assert first.poll() is None
        assert stop(first)[0] == 0


def test_an_alert_has_what_others_build_on() -> None:
    for alert in rings():
        assert {"alert_id", "incident_id", "brand", "severity", "status"} <= set(alert)
        assert {"at", "opened_at", "reason"} <= set(alert)
        reason = alert["reason"]
        assert isinstance(reason, dict)
        assert {"observed", "expected", "ratio", "window_seconds"} <= set(reason)
