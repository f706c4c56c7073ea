"""`listener query`: checks a query, shows how it is understood, what it matches, and why."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from listener.cli import main

LINES = (
    '{"id": "1", "text": "Acme: weer een storing", "published_at": "2026-01-15T11:00:00Z"}',
    '{"id": "2", "text": "acme juice", "published_at": "2026-01-15T11:01:00Z"}',
    '{"id": "3", "text": "rain again", "published_at": "2026-01-15T11:02:00Z"}',
    '{"id": "4", "text": "nog een storing bij ACM\u00c9", "published_at": "2026-01-15T11:03:00Z"}',
    "no record",
)
QUERY = "acme storing* NOT juice"


class Done(NamedTuple):
    code: int
    out: str
    err: str


Query = Callable[..., Done]


@pytest.fixture
def mentions(tmp_path: Path) -> Path:
    path = tmp_path / "mentions.jsonl"
    path.write_text("\n".join(LINES), "utf-8")
    return path


@pytest.fixture
def query(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Query:
    """`listener query …` within this process."""

    def _query(*arguments: str | Path) -> Done:
        monkeypatch.setattr("sys.argv", ["listener", "query", *map(str, arguments)])
        code = 0
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        return Done(code, *capfd.readouterr())

    return _query


def test_a_query_alone_is_shown_as_it_is_understood(query: Query) -> None:
    done = query(QUERY)
    assert done.code == 0
    assert done.out.splitlines() == [
        "all of",
        "  the word acme",
        "  a word like storing*",
        "  but not",
        "    the word juice",
        "names, not read for feelings: acme",
    ]


def test_an_error_is_shown_below_with_a_caret(query: Query) -> None:
    done = query("acme OR OR zork")
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines() == [
        "listener: query: column 9: OR right behind OR: leave one out",
        "acme OR OR zork",
        "        ^",
    ]


def test_what_matches_is_shown_with_its_places_and_counted(query: Query, mentions: Path) -> None:
    done = query(QUERY, mentions)
    assert done.code == 0
    assert "  [Acme]: weer een [storing]\n" in done.out
    assert "  nog een [storing] bij [ACMÉ]\n" in done.out
    assert done.out.count("because of acme, storing*") == 2
    assert "juice" not in done.out
    assert "rejected mentions.jsonl:5" in done.err
    assert done.err.endswith("mentions.jsonl: 2 of 4 mentions match\n")


def test_a_match_by_nothing_that_can_be_shown_counts(query: Query, mentions: Path) -> None:
    assert query("NOT (NOT acme)", mentions).err.endswith("3 of 4 mentions match\n")


def test_a_limit_shows_fewer_and_counts_all(query: Query, mentions: Path) -> None:
    done = query(QUERY, mentions, "--limit", "1")
    assert done.out.count("because of") == 1
    assert done.err.endswith("2 of 4 mentions match, 1 shown\n")


def test_matches_come_as_json_lines(query: Query, mentions: Path) -> None:
    first, second = map(json.loads, query(QUERY, mentions, "--json").out.splitlines())
    assert (first["id"], second["id"]) == ("1", "4")
    assert first["because"] == [
        {"part": "acme", "at": [[0, 4]]},
        {"part": "storing*", "at": [[15, 22]]},
    ]
    assert json.loads(query(QUERY, "--json").out)["names"] == ["acme"]


def test_the_language_is_the_one_that_is_identified(query: Query, mentions: Path) -> None:
    done = query("lang:nl acme", mentions, "--json")
    assert [json.loads(line)["id"] for line in done.out.splitlines()] == ["1", "4"]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A brand whose connector lacks its key, which trying it out doesn't need."""
    path = tmp_path / "listener.yaml"
    path.write_text(
        "brands:\n"
        "  - {name: Acme, terms: [acme], query: rain NOT sun, own_accounts: ['@Acme_Care']}\n"
        "connectors:\n"
        "  - {type: x, token: '${NOBODY_SET_THIS}', query: acme, posts_per_month: 10}\n",
        "utf-8",
    )
    return path


def test_a_brand_is_tried_out_as_it_is_configured(query: Query, config: Path) -> None:
    path = config.with_name("said.jsonl")
    rows = [("Acme is down", "jan"), ("we at acme are sorry", "acme_care"), ("rain", "jan")]
    path.write_text(
        "".join(
            json.dumps({"text": text, "author": author, "published_at": "2026-01-15T11:00:00Z"})
            + "\n"
            for text, author in rows
        ),
        "utf-8",
    )
    done = query("--brand", "Acme", path, "--config", config)
    assert done.err.endswith("said.jsonl: 2 of 3 mentions match\n")
    assert "sorry" not in done.out
    alone = query("--brand", "Acme", "--config", config)
    assert alone.out.splitlines()[0] == "any of"
    assert alone.out.endswith("own accounts, left out: @Acme_Care\n")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "give a QUERY, or --brand NAME for one that is configured"),
        (("acme", "a.jsonl", "--brand", "Acme"), "give a QUERY or --brand, not both"),
        (("--brand", "Acne"), "--brand 'Acne': {config} has Acme"),
    ],
)
def test_a_call_that_is_unclear_is_refused(
    query: Query, config: Path, arguments: tuple[str, ...], told: str
) -> None:
    done = query(*arguments, "--config", config)
    assert (done.code, done.err) == (2, f"listener: {told.format(config=config)}\n")


def test_hostile_text_and_a_place_far_into_it(query: Query, tmp_path: Path) -> None:
    text = "long " * 300 + "acme \x1b[31m\u202e red \ue000 acme"
    path = tmp_path / "hostile.jsonl"
    record = {"text": text, "published_at": "2026-01-15T11:00:00Z", "author": "\x1b]0;x\x07"}
    path.write_text(json.dumps(record), "utf-8")
    out = query("acme", path).out
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert "…" in out
    assert out.count("[acme]") == 2


def test_a_file_that_is_not_there_is_refused(query: Query, tmp_path: Path) -> None:
    done = query("acme", tmp_path / "nowhere.jsonl")
    assert (done.code, done.out) == (2, "")
    assert "nowhere.jsonl: no such file" in done.err
