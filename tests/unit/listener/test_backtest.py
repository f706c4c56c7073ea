"""`listener backtest`: history in, what would have rung out."""

import csv
import importlib.util
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from listener.cli import app
from listener.errors import UsageError

START = datetime(2026, 3, 2, tzinfo=UTC)
COLUMNS = "id=n,text=body,author=who,published_at=when"


def backtest(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["backtest", *arguments], catch_exceptions=True)


@pytest.fixture
def outage(tmp_path: Path) -> Path:
    """Two usual days, then an hour in which one parcel after the other is lost."""
    said = [(START + timedelta(minutes=20 * n), f"u{n}", "@acme opens at ten") for n in range(150)]
    said += [
        (START + timedelta(days=2, hours=2, seconds=30 * n), f"c{n}", "@acme lost my parcel, awful")
        for n in range(120)
    ]
    path = tmp_path / "mentions.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["n", "when", "who", "body"])
        rows.writerows(
            [n, at.isoformat(), who, body] for n, (at, who, body) in enumerate(sorted(said))
        )
    return path


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    """Ten days of counts every five minutes, with one spike."""
    path = tmp_path / "volume.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["timestamp", "value"])
        for n in range(2880):
            at = START + timedelta(minutes=5 * n)
            rows.writerow([f"{at:%Y-%m-%d %H:%M:%S}", 900 if n == 2500 else 5 + n * 7 % 11])
    return path


def alerts(output: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in output.splitlines()]


def test_rings_in_the_outage_and_nowhere_else(outage: Path) -> None:
    result = backtest(str(outage), "--map", COLUMNS, "--brand", "Acme=@acme", "--json")
    rung = alerts(result.stdout)
    began = (START + timedelta(days=2, hours=2)).isoformat().replace("+00:00", "Z")
    assert rung[0]["status"] == "opened"
    assert all(str(alert["at"]) >= began for alert in rung)
    assert {alert["brand"] for alert in rung} == {"Acme"}
    assert "serious" in {alert["severity"] for alert in rung}


def test_setting_that_is_tried_changes_what_rings(outage: Path) -> None:
    deaf = [f"--set=detection.{level}.ratio=9999" for level in ("issue", "broad", "serious")]
    result = backtest(str(outage), "--map", COLUMNS, "--brand", "Acme=@acme", "--json", *deaf)
    assert {alert["severity"] for alert in alerts(result.stdout)} == {"watch"}


def test_table_and_summary_are_for_people(outage: Path) -> None:
    result = backtest(str(outage), "--map", COLUMNS, "--brand", "Acme=@acme")
    assert "negative mentions" in " ".join(result.stdout.split())
    assert "a week" in result.stderr
    told = result.stderr.partition("from onset to alert, median: ")[2]
    assert re.fullmatch(r"(watch \d+ (s|min), )?issue \d min, serious \d+ min\n", told)


def test_every_count_gets_a_score_of_its_own(volume: Path) -> None:
    rows = alerts(backtest("--counts", str(volume), "--json", "--scores").stdout)
    assert len(rows) == 2880
    assert set(rows[0]) == {"timestamp", "value", "expected", "score", "alert"}
    assert rows[0]["timestamp"] == "2026-03-02 00:00:00"
    assert [row["value"] for row in rows if row["alert"]] == [900]


def test_without_scores_only_what_rings_is_told(volume: Path) -> None:
    assert [row["value"] for row in alerts(backtest("--counts", str(volume), "--json").stdout)] == [
        900
    ]
    assert "900" in backtest("--counts", str(volume)).stdout


def test_bad_rows_are_told_and_cost_no_other(volume: Path) -> None:
    with volume.open("a", encoding="utf-8") as file:
        file.write("2026-03-12 00:00:00,many\n2026-03-12 00:05:00,-3\n2026-03-01 00:00:00,5\n")
        file.write("2026-03-12 00:10:00,7\n")
    result = backtest("--counts", str(volume), "--json", "--scores")
    assert len(alerts(result.stdout)) == 2881
    assert result.stderr.count("rejected volume.csv:") == 3


@pytest.mark.parametrize("content", ["", "when,count\n1,2\n", "timestamp,value\n", "\x00\xff"])
def test_file_without_counts_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "odd.csv"
    path.write_text(content, "latin-1")
    result = backtest("--counts", str(path))
    assert isinstance(result.exception, UsageError)
    assert "odd.csv" in str(result.exception)


def test_scores_are_for_counts(outage: Path) -> None:
    result = backtest(str(outage), "--brand", "Acme=@acme", "--scores")
    assert isinstance(result.exception, UsageError)


def test_picture_needs_a_name_it_can_be_made_for(volume: Path) -> None:
    result = backtest("--counts", str(volume), "--plot", "out.gif")
    assert "out.gif" in str(result.exception)


def test_picture_without_matplotlib_says_how_to_get_it(
    volume: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    result = backtest("--counts", str(volume), "--plot", "out.png")
    assert "pip install 'listener[plot]'" in str(result.exception)


def test_pictures_of_counts_and_of_mentions(volume: Path, outage: Path, tmp_path: Path) -> None:
    image, page = tmp_path / "out.png", tmp_path / "out.html"
    backtest("--counts", str(volume), "--plot", str(image))
    assert image.read_bytes().startswith(b"\x89PNG")
    backtest(str(outage), "--map", COLUMNS, "--brand", "A<b>=@acme", "--plot", str(page))
    text = page.read_text("utf-8")
    assert text.startswith("<!doctype html>")
    assert "<svg" in text
    assert "<b>" not in text
