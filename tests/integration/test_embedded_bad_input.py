"""Bad input on its real way: recording, replay connector, ingest, embedded engine.

What can't be read is written down with its reason and place, and counted; everything else is
counted as a mention, and the run goes on.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from detectors.detector import Detector
from detectors.records import MAX_TEXT, loads
from detectors.sentiment import Sentiment, SentimentScorer
from listener.brands import Brand
from listener.connectors import make_connector
from listener.connectors.replay import ReplaySettings
from listener.engines.embedded import EmbeddedEngine
from listener.ingest import Ingest
from listener.metrics import Metrics
from listener.pipeline import PipelineSettings
from listener.rows import MAX_LINE

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
DATE = '"published_at": "2026-01-15T11:00:00Z"'
GOOD = [f'{{"text": "acme {n}", "published_at": "2026-01-15T11:0{n}:00Z"}}' for n in range(3)]


class Played:
    """What came of playing a file."""

    def __init__(self, folder: Path, registry: CollectorRegistry, posts: dict[str, str]) -> None:
        path = folder / "data" / "rejected.jsonl"
        written = path.read_bytes().splitlines() if path.exists() else []
        self.rejected = [record for line in written if isinstance(record := loads(line), dict)]
        self.registry = registry
        self.posts = posts

    def count(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(f"listener_mentions_{name}_total", labels) or 0.0

    @property
    def scored(self) -> float:
        family = next(f for f in self.registry.collect() if f.name == "listener_mentions_scored")
        return sum(sample.value for sample in family.samples if sample.name.endswith("_total"))


async def play(path: Path) -> Played:
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    brands = PipelineSettings((Brand("acme"),))
    engine = EmbeddedEngine(
        brands, path.parent / "data", sinks=[], observer=metrics, clock=lambda: NOW
    )
    connector = make_connector(ReplaySettings(type="replay", path=path, speed=0))
    ingest = Ingest([connector], engine, observer=metrics, lateness=timedelta(0), clock=lambda: NOW)
    await ingest.run()

    posts = await engine.look(_posts)
    await engine.close()
    return Played(path.parent, registry, posts)


def _posts(detector: Detector) -> dict[str, str]:
    state = detector.states["acme"]
    return {post.id: post.text for post in state.details.recent(state.evaluated, 3600).widest}


async def play_lines(folder: Path, extra: Sequence[str | bytes], name: str = "m.jsonl") -> Played:
    """Good lines, with the extra ones behind the first of them."""
    path = folder / name
    mixed = [GOOD[0], *extra, *GOOD[1:]]
    path.write_bytes(
        b"\n".join(line if isinstance(line, bytes) else line.encode() for line in mixed)
    )
    return await play(path)


NESTED = "[" * 10_000 + "]" * 10_000
BAD: dict[str, tuple[str | bytes, str]] = {
    "a broken line": ('{"text": "acme broken', "not_json"),
    "not even text": (b"\x80\x81\xfe\xff", "not_json"),
    "no object": ('["acme"]', "not_an_object"),
    "no text": (f"{{{DATE}}}", "missing_text"),
    "an empty text": (f'{{"text": "", {DATE}}}', "empty_text"),
    "a text of blanks and NUL bytes": (f'{{"text": " \\u0000\\n", {DATE}}}', "empty_text"),
    "a text that is a number": (f'{{"text": 17, {DATE}}}', "bad_field"),
    "no date": ('{"text": "acme"}', "missing_date"),
    "a date that can't be read": ('{"text": "acme", "published_at": "gisteren"}', "bad_date"),
    "a date of nobody's": ('{"text": "acme", "published_at": "0001-01-01T00:00:00Z"}', "bad_date"),
    "a date in the future": (
        '{"text": "acme", "published_at": "2026-01-16T00:00:00Z"}',
        "future_date",
    ),
    "a bare NUL byte": (b'{"text": "ac\x00me", ' + DATE.encode() + b"}", "not_json"),
    "nesting ten thousand deep": (f'{{"text": "acme", {DATE}, "x": {NESTED}}}', "not_json"),
    "a flag nested a thousand deep": (
        f'{{"text": "acme", {DATE}, "is_reply": {"[" * 1015 + "]" * 1015}}}',
        "bad_field",
    ),
    "an enormous line": (f'{{"text": "acme {"x" * MAX_LINE}", {DATE}}}', "too_large"),
    "a kind that there isn't": (f'{{"text": "acme", {DATE}, "kind": "tv"}}', "bad_field"),
    "a schema that there isn't": (
        f'{{"text": "acme", {DATE}, "schema_version": 0}}',
        "unknown_schema",
    ),
}


@pytest.mark.parametrize("name", BAD)
async def test_is_refused_with_reason_and_place_and_counted(tmp_path: Path, name: str) -> None:
    line, code = BAD[name]
    played = await play_lines(tmp_path, [line])
    (rejected,) = played.rejected
    assert (rejected["code"], rejected["where"]) == (code, "m.jsonl:2")
    assert rejected["reason"]
    assert rejected["raw"]
    assert datetime.fromisoformat(str(rejected["at"])) == NOW
    assert played.count("rejected", reason=code) == 1
    assert played.count("received", connector="replay") == 3
    assert played.scored == 3


async def test_all_of_it_at_once_costs_nothing_that_is_good(tmp_path: Path) -> None:
    played = await play_lines(tmp_path, [line for line, _ in BAD.values()])
    assert len(played.rejected) == len(BAD)
    assert sum(played.count("rejected", reason=code) for code in {c for _, c in BAD.values()}) == (
        len(BAD)
    )
    assert played.scored == 3


WIDE = f'{DATE}, "reach": 9'  # so that it is among the posts that are kept
MENDED: dict[str, tuple[str | bytes, str]] = {
    "100 kB of text": (f'{{"id": "m", "text": "acme {"x" * 100_000}", {WIDE}}}', "acme xxx"),
    "NUL bytes": (f'{{"id": "m", "text": "acme\\u0000 is weg", {WIDE}}}', "acme is weg"),
    "a lone surrogate": (f'{{"id": "m", "text": "acme \\ud83d", {WIDE}}}', "acme \ufffd"),
    "invalid UTF-8": (b'{"id": "m", "text": "acme caf\xe9", ' + WIDE.encode() + b"}", "acme caf"),
    "an unknown field": (f'{{"id": "m", "text": "acme", {WIDE}, "mood": [1]}}', "acme"),
    "a text of control characters": (f'{{"id": "m", "text": "acme \\u001b[2J", {WIDE}}}', "acme"),
}


@pytest.mark.parametrize("name", MENDED)
async def test_is_mended_and_counts(tmp_path: Path, name: str) -> None:
    line, text = MENDED[name]
    played = await play_lines(tmp_path, [line])
    assert played.rejected == []
    assert played.scored == 4
    assert played.posts["m"].startswith(text)
    assert len(played.posts["m"]) < MAX_TEXT


async def test_what_comes_twice_counts_once(tmp_path: Path) -> None:
    played = await play_lines(tmp_path, [GOOD[0], GOOD[2], GOOD[2]])
    assert played.scored == 3
    assert played.count("repeated") == 3
    assert played.rejected == []


async def test_a_row_that_is_refused_is_not_refused_again_after_a_restart(tmp_path: Path) -> None:
    await play_lines(tmp_path, ["{"])
    again = await play(tmp_path / "m.jsonl")
    assert len(again.rejected) == 1
    assert again.count("received", connector="replay") == 0


async def test_csv_with_everything_that_spreadsheets_do_to_it(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_bytes(
        b"\xef\xbb\xbf"
        b'"id","text","published_at","reach"\r\n'
        b'1,"acme, on\r\ntwo lines","2026-01-15 11:00:00",5\r\n'
        b"2,acme,2026-01-15 11:01:00,5,too,many\r\n"
        b"3,acme without a date\r\n"
        b"\r\n"
        b"4,acme,15.01.2026 11:02,\r\n"
        b'5,"acme never closed,2026-01-15 11:03:00,1\r\n'
        b"6,acme,2026-01-15T11:04:00Z,many\r\n"
        b'7,"acme says ""hello""",1768475100,7\r\n'
    )
    played = await play(path)
    assert [(r["where"], r["code"]) for r in played.rejected] == [
        ("m.csv:4", "bad_row"),
        ("m.csv:5", "missing_date"),
        ("m.csv:8", "bad_row"),
        ("m.csv:9", "bad_field"),
    ]
    assert set(played.posts) == {"1", "4", "7"}
    assert played.posts["1"] == "acme, on two lines"
    assert played.posts["7"] == 'acme says "hello"'


async def test_tsv(tmp_path: Path) -> None:
    path = tmp_path / "m.tsv"
    path.write_text("text\tpublished_at\nacme, 1\t2026-01-15 11:00\nacme\tx\n")
    played = await play(path)
    assert played.scored == 1
    assert [r["where"] for r in played.rejected] == ["m.tsv:3"]


async def test_rejected_lines_are_json_whatever_they_hold(tmp_path: Path) -> None:
    await play_lines(tmp_path, ['{"text": "\\ud83d", "published_at": "\\u2028"}', b"\x00\xff\n{"])
    for line in (tmp_path / "data" / "rejected.jsonl").read_text("utf-8").split("\n")[:-1]:
        assert set(json.loads(line)) == {"at", "schema_version", "code", "reason", "where", "raw"}


async def test_a_mention_that_our_own_code_fails_on_is_kept_and_the_rest_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "m.jsonl"
    path.write_text("\n".join(GOOD))
    score = SentimentScorer.score

    def fails_on_one(self: SentimentScorer, text: str, *rest: str) -> Sentiment:
        if "1" in text:
            raise ZeroDivisionError
        return score(self, text, *rest)

    monkeypatch.setattr(SentimentScorer, "score", fails_on_one)
    played = await play(path)

    assert played.scored == len(GOOD) - 1
    assert [record["code"] for record in played.rejected] == ["internal"]
    assert "acme 1" in str(played.rejected[0]["raw"])
    assert played.count("rejected", reason="internal") == 1
