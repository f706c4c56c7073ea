"""Alerts as lines of a file."""

import json
from pathlib import Path

import pytest

from detectors.records import Alert
from sinks.jsonl import JsonlSettings, JsonlSink
from sinks.sink import DeliveryError
from tests.unit.sinks.fakes import alert, hostile_alert


def lines(path: Path) -> list[object]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


async def test_each_alert_is_one_line_that_reads_back_as_the_same_alert(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    sink = JsonlSettings(path=str(path)).build()
    await sink.deliver(alert())
    await sink.deliver(hostile_alert())
    read = [Alert.from_json(line) for line in lines(path)]
    assert read[0] == alert()
    assert (read[1].brand, read[1].reason) == (hostile_alert().brand, hostile_alert().reason)


async def test_a_line_is_on_the_disk_before_the_alert_counts_as_delivered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "alerts.jsonl"
    synced: list[bytes] = []
    monkeypatch.setattr("sinks.lines.os.fsync", lambda _: synced.append(path.read_bytes()))
    await JsonlSettings(path=str(path)).build().deliver(alert())
    assert synced == [path.read_bytes()]
    assert synced[0].endswith(b"\n")


async def test_a_file_moved_away_by_rotation_is_begun_anew(tmp_path: Path) -> None:
    path, old = tmp_path / "alerts.jsonl", tmp_path / "alerts.jsonl.1"
    sink = JsonlSettings(path=str(path)).build()
    await sink.deliver(alert(alert_id="before"))
    path.rename(old)
    await sink.deliver(alert(alert_id="after"))
    assert [len(lines(old)), len(lines(path))] == [1, 1]


async def test_behind_half_a_line_a_new_one_is_begun(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    path.write_bytes(b'{"alert_id": "torn')
    await JsonlSettings(path=str(path)).build().deliver(alert())
    torn, whole = path.read_bytes().splitlines()
    assert torn == b'{"alert_id": "torn'
    assert json.loads(whole)["alert_id"] == "a1b2c3-2"


async def test_a_missing_directory_is_told_at_start(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    with pytest.raises(ValueError, match=r"path: there is no directory .*missing; create it"):
        JsonlSettings(path=str(missing / "alerts.jsonl")).build()
    with pytest.raises(ValueError, match="is a directory; name a file in it"):
        JsonlSettings(path=str(tmp_path)).build()
    with pytest.raises(ValueError, match="path: name the file"):
        JsonlSettings(path=" ")


async def test_a_directory_that_goes_away_while_running_can_be_mended(tmp_path: Path) -> None:
    sink = JsonlSink(JsonlSettings(path=str(tmp_path / "gone" / "alerts.jsonl")))
    with pytest.raises(DeliveryError, match="No such file or directory") as failure:
        await sink.deliver(alert())
    assert failure.value.retryable
    (tmp_path / "gone").mkdir()
    await sink.deliver(alert())
    assert len(lines(tmp_path / "gone" / "alerts.jsonl")) == 1
