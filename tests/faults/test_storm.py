"""A short storm; `make faults` runs the long one."""

from pathlib import Path

from tests.faults.storm import run


def test_under_fire_everything_is_counted_once_and_told_once(kafka: str, tmp_path: Path) -> None:
    outcome = run(tmp_path, kafka, seed=1, faults=3)
    assert outcome.is_exact, str(outcome)
