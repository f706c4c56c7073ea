"""Replay: a recording as if it happened now, at any speed, from where it was."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from listener.connectors import Batch
from listener.connectors.replay import ReplayConnector, ReplaySettings
from listener.errors import UsageError

START = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
NOW = datetime(2026, 2, 1, 9, 0, tzinfo=UTC)


def write(folder: Path, *seconds: int, name: str = "m.jsonl") -> Path:
    path = folder / name
    lines = (
        json.dumps({"text": f"at {s}", "published_at": (START + timedelta(seconds=s)).isoformat()})
        for s in seconds
    )
    path.write_text("\n".join(lines))
    return path


def replay(path: Path, speed: float = 0, fast_until: datetime | None = None) -> ReplayConnector:
    return ReplayConnector(
        ReplaySettings(type="replay", path=path, speed=speed, fast_until=fast_until)
    )


def texts(batch: Batch) -> list[str]:
    return [mention.text for mention in batch.mentions]


async def begin(connector: ReplayConnector) -> str:
    """The first fetch only says when event time begins."""
    batch = await connector.fetch(None, NOW)
    assert batch.mentions == ()
    assert batch.watermark == START
    return batch.cursor


async def test_at_speed_0_all_of_it_comes_at_once(tmp_path: Path) -> None:
    connector = replay(write(tmp_path, 0, 3600, 7200))
    batch = await connector.fetch(await begin(connector), NOW)
    assert texts(batch) == ["at 0", "at 3600", "at 7200"]
    assert (batch.done, batch.wait) == (True, 0.0)
    assert batch.watermark == START + timedelta(seconds=7210)


@pytest.mark.parametrize("speed", [1.0, 60.0])
async def test_mentions_come_when_their_time_has_come(tmp_path: Path, speed: float) -> None:
    connector = replay(write(tmp_path, 0, 600, 605), speed)
    cursor = await begin(connector)
    first = await connector.fetch(cursor, NOW)
    assert texts(first) == ["at 0"]
    assert 0 < first.wait <= 1
    early = await connector.fetch(first.cursor, NOW + timedelta(seconds=540 / speed))
    assert texts(early) == []
    assert early.watermark == START + timedelta(seconds=540)
    due = await connector.fetch(early.cursor, NOW + timedelta(seconds=600 / speed))
    assert texts(due) == ["at 600"]
    assert not due.done


async def test_a_clock_that_is_set_back_holds_nothing_up(tmp_path: Path) -> None:
    connector = replay(write(tmp_path, 0, 10, 20), 1.0)
    first = await connector.fetch(await begin(connector), NOW)
    earlier = NOW - timedelta(days=1)
    assert texts(await connector.fetch(first.cursor, earlier)) == []
    assert texts(await connector.fetch(first.cursor, earlier + timedelta(seconds=9))) == []
    due = await connector.fetch(first.cursor, earlier + timedelta(seconds=10))
    assert texts(due) == ["at 10"]


async def test_what_is_there_to_learn_from_is_played_at_once(tmp_path: Path) -> None:
    connector = replay(write(tmp_path, 0, 600, 700, 800), 1.0, START + timedelta(seconds=650))
    batch = await connector.fetch(await begin(connector), NOW)
    assert texts(batch) == ["at 0", "at 600"]
    assert batch.watermark == START + timedelta(seconds=650)
    later = await connector.fetch(batch.cursor, NOW + timedelta(seconds=10))
    assert texts(later) == ["at 700"]


async def test_a_restart_goes_on_at_the_same_pace(tmp_path: Path) -> None:
    path = write(tmp_path, 0, 600, 1200)
    first = replay(path, 60.0)
    cursor = (await first.fetch(await begin(first), NOW)).cursor
    await first.close()
    second = replay(path, 60.0)
    much_later = NOW + timedelta(days=1)
    assert texts(await second.fetch(cursor, much_later)) == ["at 600"]
    assert texts(await second.fetch(cursor, much_later + timedelta(seconds=5))) == ["at 600"]
    assert texts(await second.fetch(cursor, much_later + timedelta(seconds=11))) == [
        "at 600",
        "at 1200",
    ]


async def test_another_file_under_the_same_name_is_played_from_its_start(tmp_path: Path) -> None:
    first = replay(write(tmp_path, 0, 600))
    cursor = (await first.fetch(await begin(first), NOW)).cursor
    second = replay(write(tmp_path, 0, 700, 800))
    batch = await second.fetch(cursor, NOW)
    assert texts(await second.fetch(batch.cursor, NOW)) == ["at 0", "at 700", "at 800"]


async def test_rows_added_at_the_end_are_played_behind_the_others(tmp_path: Path) -> None:
    seconds = range(0, 2000, 10)
    first = replay(write(tmp_path, *seconds))
    cursor = (await first.fetch(await begin(first), NOW)).cursor
    second = replay(write(tmp_path, *seconds, 2100, 2200))
    assert texts(await second.fetch(cursor, NOW)) == ["at 2100", "at 2200"]


async def test_a_file_that_got_older_rows_is_played_from_its_start(tmp_path: Path) -> None:
    seconds = range(1000, 3000, 10)  # so long that the file begins as before
    first = replay(write(tmp_path, 0, *seconds))
    cursor = (await first.fetch(await begin(first), NOW)).cursor
    second = replay(write(tmp_path, 0, *seconds, 5, 3000))
    batch = await second.fetch(cursor, NOW)
    assert texts(batch) == []
    assert texts(await second.fetch(batch.cursor, NOW)) == [
        f"at {at}" for at in (0, 5, *seconds, 3000)
    ]


async def test_a_packed_file_goes_on_where_the_plain_one_was(tmp_path: Path) -> None:
    plain = write(tmp_path, 0, 600, 1200)
    first = replay(plain, 1.0)
    cursor = (await first.fetch(await begin(first), NOW)).cursor
    packed = tmp_path / "m.jsonl.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    second = replay(packed)
    assert texts(await second.fetch(cursor, NOW)) == ["at 600", "at 1200"]


async def test_a_packed_file_that_breaks_off_is_played_up_to_there(tmp_path: Path) -> None:
    packed = tmp_path / "m.jsonl.gz"
    packed.write_bytes(gzip.compress(write(tmp_path, *range(50)).read_bytes())[:-20])
    connector = replay(packed)
    batch = await connector.fetch(await begin(connector), NOW)
    assert texts(batch) == [f"at {at}" for at in range(len(batch.mentions))]
    assert len(batch.mentions) > 5
    (rejection,) = batch.rejections
    assert rejection.code == "broken_gzip"
    assert rejection.where == f"m.jsonl.gz:{len(batch.mentions) + 1}"
    assert batch.done


async def test_a_file_that_became_shorter_is_done(tmp_path: Path) -> None:
    seconds = range(0, 2000, 10)  # so long that the mark of the file stays the same
    first = replay(write(tmp_path, *seconds))
    cursor = (await first.fetch(await begin(first), NOW)).cursor
    second = replay(write(tmp_path, *seconds[:-50]))
    batch = await second.fetch(cursor, NOW)
    assert (batch.mentions, batch.done) == ((), True)


@pytest.mark.parametrize("cursor", ["", "nonsense", "a:b:c", ":-1", ":5"])
async def test_a_cursor_of_something_else_is_no_cursor(tmp_path: Path, cursor: str) -> None:
    connector = replay(write(tmp_path, 0))
    batch = await connector.fetch(cursor, NOW)
    assert (batch.mentions, batch.done) == ((), False)


def test_a_file_that_is_not_there_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.jsonl: no such file"):
        replay(tmp_path / "none.jsonl")


def test_a_header_without_the_columns_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("body,date\n")
    with pytest.raises(UsageError, match=r"m\.csv: line 1: no column 'text'"):
        replay(tmp_path / "m.csv")


async def test_a_file_without_a_mention_is_told_when_it_is_played(tmp_path: Path) -> None:
    (tmp_path / "m.jsonl").write_text("{\n")
    with pytest.raises(UsageError, match=r"m\.jsonl: no row"):
        await replay(tmp_path / "m.jsonl").fetch(None, NOW)
