"""Recordings: rows as mentions, in the order in which they were published."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from detectors.records import Mention, Rejection
from listener.errors import UsageError
from listener.recordings import FIELDS, Layout, Recording

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)


def line(text: str, minute: int, **fields: object) -> str:
    return json.dumps({"text": text, "published_at": f"2026-01-15T11:{minute:02}:00Z", **fields})


def recording(folder: Path, *lines: str, columns: str = "") -> Recording:
    path = folder / "m.jsonl"
    path.write_text("\n".join(lines), "utf-8")
    return Recording(path, Layout.parse(columns), NOW)


def told(opened: Recording) -> list[str]:
    rows = [opened.read(place, NOW) for place in range(len(opened))]
    return [row.text if isinstance(row, Mention) else f"{row.where} {row.code}" for row in rows]


def test_rows_come_in_order_of_publication(tmp_path: Path) -> None:
    opened = recording(tmp_path, line("c", 3), line("a", 1), line("b", 2), line("b too", 2))
    assert told(opened) == ["a", "b", "b too", "c"]
    times = [opened.time(place) for place in range(len(opened))]
    assert times == sorted(times)


def test_a_row_that_cannot_be_read_keeps_its_place_in_the_file(tmp_path: Path) -> None:
    opened = recording(
        tmp_path, "{", line("b", 2), line("", 1), line("c", 3), '{"text": "d"}', line("a", 1)
    )
    assert told(opened) == [
        "m.jsonl:1 not_json",
        "a",
        "b",
        "m.jsonl:3 empty_text",
        "c",
        "m.jsonl:5 missing_date",
    ]


def test_a_rejection_holds_the_row_as_it_stood(tmp_path: Path) -> None:
    opened = recording(tmp_path, line("a", 1), '{"text": "half a li', '{"text": "no date"}')
    rejections = [row for place in (1, 2) if isinstance(row := opened.read(place, NOW), Rejection)]
    assert [rejection.raw for rejection in rejections] == [
        '{"text": "half a li',
        '{"text": "no date"}',
    ]


def test_columns_can_be_mapped(tmp_path: Path) -> None:
    path = tmp_path / "tweets.csv"
    path.write_text("tweet_id,body,created,text\n7,hello,2026-01-15 11:00:00 +0100,ignored\n")
    layout = Layout.parse("id=tweet_id, text=body ,published_at=created", "twitter", "microblog")
    mention = Recording(path, layout, NOW).read(0, NOW)
    assert isinstance(mention, Mention)
    assert (mention.id, mention.text) == ("7", "hello")
    assert (mention.source, mention.kind) == ("twitter", "microblog")
    assert mention.published_at == datetime(2026, 1, 15, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "says"),
    [("body", "expected field=column"), ("text=", "expected field=column"), ("x=y", "no such")],
)
def test_a_map_that_makes_no_sense_is_refused(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Layout.parse(text)


def test_a_layout_knows_every_field_of_a_mention() -> None:
    assert set(FIELDS) == set(Mention.__dataclass_fields__)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "it is empty"),
        ("\n\n", "it is empty"),
        ("{\n{", "line 1: not JSON"),
        ('\n{"text": "a", "date": "2026-01-15"}', "line 2: published_at: missing"),
    ],
)
def test_a_file_without_a_single_mention_is_refused_with_the_first_reason(
    tmp_path: Path, content: str, says: str
) -> None:
    with pytest.raises(UsageError, match=r"m\.jsonl: no row") as caught:
        recording(tmp_path, content)
    assert says in str(caught.value)


def test_a_file_that_shrinks_while_it_is_played_loses_only_what_is_gone(tmp_path: Path) -> None:
    opened = recording(tmp_path, line("a", 1), line("b", 2))
    (tmp_path / "m.jsonl").write_text(line("a", 1))
    assert told(opened) == ["a", "m.jsonl:2 changed"]
