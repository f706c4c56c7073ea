"""`listener backfill`: a past for the service's first run."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from detectors.settings import DetectionSettings
from listener.cli import app
from listener.engines.store import Store
from listener.errors import UsageError

START = datetime(2026, 3, 2, tzinfo=UTC)
WINDOWS = DetectionSettings().windows


def backfill(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["backfill", *arguments], catch_exceptions=True)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "listener.yaml"
    path.write_text(
        f"brands: [{{name: Acme, terms: ['@acme']}}]\ndata_dir: {tmp_path / 'data'}\n", "utf-8"
    )
    return path


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """Two days of a mention every ten minutes, the last hour full of anger."""
    path = tmp_path / "history.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "published_at", "author", "text"])
        for n in range(288):
            rows.writerow([n, START + timedelta(minutes=10 * n), f"u{n}", "@acme opens at ten"])
        for n in range(100):
            at = START + timedelta(hours=47, seconds=30 * n)
            rows.writerow([f"a{n}", at, f"a{n}", "@acme lost my parcel, awful"])
    return path


def test_brand_is_known_and_nothing_is_going_on(config: Path, history: Path) -> None:
    result = backfill(str(history), "--config", str(config))
    assert "388 mentions learned" in result.stderr
    store = Store(config.parent / "data" / "listener.db")
    (state,) = store.brands(WINDOWS)
    assert state.knows_its_past(24)
    assert state.incident is None
    assert state.positions == {}
    assert len(list(store.seen())) == 388
    assert store.undelivered(0, 10) == []
    store.close()


def test_brand_that_has_a_past_keeps_it(config: Path, history: Path) -> None:
    backfill(str(history), "--config", str(config))
    again = backfill(str(history), "--config", str(config))
    assert isinstance(again.exception, UsageError)
    assert "Acme" in str(again.exception)


def test_is_not_for_kafka(config: Path, history: Path) -> None:
    with config.open("a", encoding="utf-8") as file:
        file.write("broker: kafka://localhost:9092\n")
    assert isinstance(backfill(str(history), "--config", str(config)).exception, UsageError)


def test_old_history_is_told(config: Path, history: Path) -> None:
    said = " ".join(backfill(str(history), "--config", str(config)).stderr.split())
    assert "the history ends at 2026-03-03" in said
