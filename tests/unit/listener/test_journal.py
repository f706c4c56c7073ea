"""A file that only grows."""

from pathlib import Path

import pytest

from detectors.records import loads
from listener.journal import Journal


def test_lines_are_added_behind_those_of_earlier_runs(tmp_path: Path) -> None:
    path = tmp_path / "rejected.jsonl"
    Journal(path).write([{"n": 1}, {"n": 2, "raw": "één\n\x00"}])
    Journal(path).write([{"n": 3}])
    assert [loads(line) for line in path.read_bytes().splitlines()] == [
        {"n": 1},
        {"n": 2, "raw": "één\n\x00"},
        {"n": 3},
    ]


def test_nothing_to_write_makes_no_file(tmp_path: Path) -> None:
    Journal(tmp_path / "rejected.jsonl").write([])
    assert list(tmp_path.iterdir()) == []


def test_it_may_be_moved_away_between_two_lines(tmp_path: Path) -> None:
    path = tmp_path / "rejected.jsonl"
    journal = Journal(path)
    journal.write([{"n": 1}])
    path.rename(tmp_path / "old.jsonl")
    journal.write([{"n": 2}])
    assert path.read_bytes() == b'{"n":2}\n'


def test_a_place_that_cannot_be_written_to_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        Journal(tmp_path / "none" / "rejected.jsonl").write([{"n": 1}])


def test_half_a_line_that_a_crash_left_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "rejected.jsonl"
    path.write_bytes(b'{"code": "not_js')
    Journal(path).write([{"code": "empty_text"}])
    assert path.read_bytes().splitlines()[1:] == [b'{"code":"empty_text"}']
