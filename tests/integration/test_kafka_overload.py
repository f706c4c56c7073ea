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
from tests.integration.backlog import PARTITIONS, Backlog, is_early, know_the_past, tell_time

# As much as a worker scores in some seconds; the flood is found wherever a sample is taken.
WAITING: Final = 12_000
FLOOD: Final = 2_400


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
    know_the_past(system, datetime.now(UTC) - timedelta(minutes=20))
    backlog = Backlog(system)
    backlog.pile_up(waiting=WAITING, flood=FLOOD)

    def warned() -> bool:
        """However fast this machine scores: more comes in until it has been told."""
        backlog.pile_up(waiting=WAITING // 3, flood=FLOOD // 3)
        return bool(system.delivered()) or not worker.running

    def settled() -> bool:
        tell_time(system)
        time.sleep(1)
        statuses = [a["status"] for a in system.delivered() if is_early(a)]
        return "resolved" in statuses or not worker.running

    with system.start("worker") as worker:
        wait_for(lambda: "partitions assigned" in worker.log or not worker.running)
        wait_for(warned)
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
