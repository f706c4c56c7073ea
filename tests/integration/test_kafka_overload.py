"""A worker with a backlog before it: the early warning comes ahead of what is counted."""

import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from tests.faults.recording import BRAND, make_recording
from tests.faults.system import System
from tests.faults.waiting import wait_for
from tests.integration.backlog import PARTITIONS, is_early, know_the_past, pile_up, tell_time

# More than is scored within the second after which the worker first looks whether it is behind.
WAITING: Final = 40_000
FLOOD: Final = 2_000


@pytest.fixture
def system(kafka: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> System:
    monkeypatch.setenv("LISTENER_KAFKA__EARLY_WARNING_AFTER", "1")
    make_recording(tmp_path / "recording.jsonl", seed=5, mentions=10)
    recording = tmp_path / "recording.jsonl"
    prefix = f"early-{uuid.uuid4().hex[:8]}."
    made = System(tmp_path, recording, BRAND, bootstrap=kafka, prefix=prefix, partitions=PARTITIONS)
    with made.start("topics") as topics:
        topics.finish()
    return made


def test_the_early_warning_does_not_wait_for_the_backlog_and_is_settled_behind_it(
    system: System,
) -> None:
    now = datetime.now(UTC)
    know_the_past(system, now - timedelta(minutes=20))
    pile_up(system, now, waiting=WAITING, flood=FLOOD)
    time.sleep(1)

    def settled() -> bool:
        tell_time(system)
        time.sleep(1)
        statuses = [a["status"] for a in system.delivered() if is_early(a)]
        return "resolved" in statuses or not worker.running

    with system.start("worker") as worker:
        wait_for(settled)
        assert worker.stop() == 0, worker.log
    published = system.published()
    warning, *others = published
    assert is_early(warning), "it comes first"
    assert (warning["status"], warning["severity"]) == ("opened", "issue")
    assert others[0]["status"] == "opened"
    assert not is_early(others[0])
    (over,) = (alert for alert in others if is_early(alert))
    assert over["incident_id"] == warning["incident_id"]
    assert over["reason"]["estimate"]["confirmed"] is True  # type: ignore[index]  # JSON
    estimate = warning["reason"]["estimate"]  # type: ignore[index]  # JSON
    assert estimate["sampled"] >= 12
    assert estimate["behind_seconds"] >= 1
