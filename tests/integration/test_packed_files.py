"""Files as people have them: packed, in columns, through a pipe, and broken off."""

import gzip
import json
from pathlib import Path

import pytest

from tests.integration.listener_command import listener

RECORDING = Path(__file__).parents[2] / "listener" / "demo" / "recording.jsonl"
BRAND = ("--brand", "Zilvernet=Zilvernet,@zilvernet,@zilvernetcare", "--json")


def test_a_packed_recording_through_a_pipe_rings_as_the_file_does() -> None:
    plain = listener("backtest", RECORDING, *BRAND)
    piped = listener("backtest", "-", *BRAND, stdin=gzip.compress(RECORDING.read_bytes()))
    assert plain.returncode == piped.returncode == 0, piped.stderr
    assert plain.stdout == piped.stdout != b""
    assert b"standard input: " in piped.stderr


@pytest.mark.parametrize(
    ("content", "code", "ids"),
    [
        (b"nr,text\n7,terrible\n", 0, ["7"]),
        (gzip.compress(b'{"nr": 7, "text": "terrible"}\n' * 9)[:-9], 2, [7] * 9),
    ],
    ids=["csv", "a packed file without its end"],
)
def test_score_reads_them_too(content: bytes, code: int, ids: list[object]) -> None:
    done = listener("score", "--map", "id=nr", stdin=content)
    assert done.returncode == code
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ids
    assert (b"listener: standard input:" in done.stderr) == (code == 2)
