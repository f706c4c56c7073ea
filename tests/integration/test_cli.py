"""The commands that read and write JSON Lines: results, messages, exit codes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from listener.cli import main
from tests.integration.listener_command import listener

LINES = (
    '{"text": "acme is awful, terrible service", "published_at": "2026-01-15T11:00:00Z"}',
    '{"text": "rain again", "published_at": "2026-01-15T11:01:00Z"}',
    '{"text": "acme", "published_at": "2026-01-15T11:02:00Z"}',
)


class Done(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def records(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.out.splitlines()]


Run = Callable[..., Done]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """A command within this process, in an empty directory."""
    monkeypatch.chdir(tmp_path)

    def _run(*arguments: str | Path) -> Done:
        monkeypatch.setattr("sys.argv", ["listener", *map(str, arguments)])
        try:
            main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        return Done(code, *capfd.readouterr())

    return _run


def refused(done: Done, *says: str) -> None:
    assert done.code == 2
    assert done.out == ""
    (line,) = done.err.splitlines()
    assert line.startswith("listener: ")
    for word in says:
        assert word in line


def window_of(alert: dict[str, object]) -> object:
    reason = alert["reason"]
    assert isinstance(reason, dict)
    return reason["window_seconds"]


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "m.jsonl"
    path.write_text("\n".join(LINES))
    return path


class TestScore:
    def test_says_language_and_sentiment_of_each_line(self, run: Run, tmp_path: Path) -> None:
        path = tmp_path / "texts.jsonl"
        path.write_text(
            '{"id": 1, "text": "What a terrible, awful outage"}\n\n'
            '{"id": "two", "text": "Wat een waardeloze, slechte dienst is dit toch weer"}\n'
            '{"text": "kiitos paljon", "language": "fi"}\n'
            '{"text": "@acme https://acme.example/awful", "language": "en", "mood": 1}\n'
        )
        done = run("score", path)
        assert (done.code, done.err) == (0, "")
        assert [(r["id"], r["language"], r["sentiment"]) for r in done.records] == [
            (1, "en", "negative"),
            ("two", "nl", "negative"),
            (None, "other", "unscored"),
            (None, "en", "neutral"),
        ]
        first, _, unscored, _ = done.records
        assert isinstance(first["compound"], float)
        assert first["compound"] < 0
        assert unscored["compound"] is None

    @pytest.mark.parametrize(
        "bad",
        [
            "{",
            "[]",
            '{"id": 1}',
            '{"text": 7}',
            '{"text": "a", "language": []}',
            '{"text": "a", "id": {"n": 1}}',
            '{"text": "\\ud83d", "id": 99999999999999999999999}',
        ],
    )
    def test_a_bad_line_is_told_and_costs_no_other(
        self, run: Run, tmp_path: Path, bad: str
    ) -> None:
        path = tmp_path / "texts.jsonl"
        path.write_text(f'{{"text": "good", "id": 1}}\n{bad}\n{{"text": "good", "id": 3}}\n')
        done = run("score", path)
        assert done.code == 2
        assert [record["id"] for record in done.records] == [1, 3]
        (line,) = done.err.splitlines()
        assert f"{path}:2: " in line

    def test_half_a_character_is_mended_in_text_and_id(self, run: Run, tmp_path: Path) -> None:
        path = tmp_path / "texts.jsonl"
        path.write_text('{"text": "good \\ud83d", "id": "\\ud83d7"}\n')
        done = run("score", path)
        assert (done.code, done.records[0]["id"]) == (0, "\ufffd7")

    def test_a_file_that_cannot_be_read_is_told(self, run: Run, tmp_path: Path) -> None:
        refused(run("score", tmp_path / "none.jsonl"), "none.jsonl: no such file")

    def test_reads_standard_input(self) -> None:
        done = listener("score", stdin=b'{"text": "terrible"}\n')
        assert done.returncode == 0
        assert json.loads(done.stdout)["sentiment"] == "negative"


class TestBacktest:
    def test_tells_on_standard_error_what_went_in(self, run: Run, recording: Path) -> None:
        recording.write_text("\n".join([*LINES, LINES[0], "{"]))
        done = run("backtest", recording, "--brand", "acme", "--json")
        assert (done.code, done.out) == (0, "")
        told = " ".join(done.err.split())
        assert "3 mentions" in told
        assert "1 repeated, 1 of no brand, 1 rejected" in told
        assert "rejected m.jsonl:5: not JSON" in told

    def test_says_what_is_probably_missing(self, run: Run, recording: Path) -> None:
        assert "no mention names its author" in run("backtest", recording, "--brand", "acme").err
        elsewhere = run("backtest", recording, "--brand", "zork").err
        assert "no mention speaks of a brand" in elsewhere
        assert "author" not in elsewhere

    def test_takes_columns_brands_and_single_settings(self, run: Run, tmp_path: Path) -> None:
        path = tmp_path / "tweets.csv"
        rows = [
            f"{n},acme is awful and terrible,2026-01-15 11:{n // 60:02}:{n % 60:02}"
            for n in range(300)
        ]
        quiet = [f"q{h},acme,2026-01-{13 + h // 24:02} {h % 24:02}:00:00" for h in range(59)]
        path.write_text("\n".join(["nr,body,date", *quiet, *rows]))
        arguments = ("backtest", path, "--map", "id=nr,text=body,published_at=date", "--json")
        brands = ("--brand", "Acme=acme,@acme", "--brand", "Zork")
        loud = run(*arguments, *brands)
        assert loud.code == 0
        assert {record["brand"] for record in loud.records} == {"Acme"}
        assert {record["severity"] for record in loud.records} - {"watch"}
        slow = run(*arguments, *brands, "--set", "detection.windows=[3600]")
        assert slow.code == 0
        assert {window_of(record) for record in slow.records} == {3600}
        assert window_of(loud.records[0]) == 300

    def test_shows_a_table_to_people(self, run: Run, recording: Path) -> None:
        done = run("backtest", recording, "--brand", "acme")
        assert done.code == 0
        assert "severity" in done.out

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (("m.jsonl",), "no brands to look for: give --brand"),
            (("none.jsonl", "--brand", "a"), "none.jsonl: no such file"),
            (("m.jsonl", "--brand", "=x"), "--brand '=x': a brand needs a name"),
            (("m.jsonl", "--brand", "a", "--brand", "a"), "brands: 'a' is there twice"),
            (("m.jsonl", "--brand", "a", "--map", "x"), "--map: expected field=column"),
            (("m.jsonl", "--brand", "a", "--map", "tekst=x"), "--map: no such field: 'tekst'"),
            (("m.jsonl", "--brand", "a", "--map", "text=x"), "m.jsonl: no row of it can be read"),
            (("m.jsonl", "--brand", "a", "--kind", "tv"), "--kind: expected one of microblog"),
            (("m.jsonl", "--brand", "a", "--set", "x"), "--set: expected KEY=VALUE"),
            (("m.jsonl", "--brand", "a", "--set", "x.y=1"), "command line: x: no such setting"),
            (("m.jsonl", "--config", "none.yaml"), "none.yaml: no such file"),
        ],
    )
    def test_what_it_cannot_do_is_told(
        self, run: Run, recording: Path, arguments: tuple[str, ...], says: str
    ) -> None:
        assert recording.exists()
        refused(run("backtest", *arguments), says)


class TestCheckConfig:
    def test_says_what_a_right_one_means(self, run: Run, recording: Path, tmp_path: Path) -> None:
        config = tmp_path / "listener.yaml"
        config.write_text(
            "brands: [{name: Acme}]\nsinks: [{type: console}]\n"
            f"connectors: [{{type: replay, path: '{recording}'}}]\n"
        )
        done = run("check-config", "--config", config)
        assert (done.code, done.err) == (0, "")
        for word in ("Acme", "replay", "console", "embedded"):
            assert word in done.out

    @pytest.mark.parametrize(
        ("content", "says"),
        [
            ("brands: [{name: A}]\nprot: 1", "listener.yaml: prot: no such setting"),
            ("brands: [", "listener.yaml:1:10: not YAML"),
            (
                "brands: [{name: A}]\nconnectors: [{type: replay, path: none.jsonl}]",
                "listener.yaml: connectors[0]: none.jsonl: no such file",
            ),
            (
                "brands: [{name: A}]\nconnectors: [{type: replay, path: m.csv}]",
                "listener.yaml: connectors[0]: m.csv: line 1: no column 'text'",
            ),
            (
                "brands: [{name: A}]\nsinks: [{type: jsonl, path: none/alerts.jsonl}]",
                "listener.yaml: sinks[0]: path: there is no directory none",
            ),
        ],
    )
    @pytest.mark.parametrize("command", ["check-config", "run"])
    def test_what_is_wrong_ends_the_start_with_one_line(
        self, run: Run, tmp_path: Path, command: str, content: str, says: str
    ) -> None:
        (tmp_path / "m.csv").write_text("body,date\n")
        (tmp_path / "listener.yaml").write_text(content)
        refused(run(command, "--config", "listener.yaml"), says)


def test_a_recording_without_a_mention_ends_the_run(tmp_path: Path) -> None:
    (tmp_path / "m.jsonl").write_text("{\n")
    (tmp_path / "listener.yaml").write_text(
        "brands: [{name: A}]\nmetrics: {port: 0}\nconnectors: [{type: replay, path: m.jsonl}]\n"
    )
    done = listener("run", "--config", "listener.yaml", cwd=tmp_path)
    assert done.returncode == 2
    last = done.stderr.decode().splitlines()[-1]
    assert last.startswith(
        "listener: connector replay: m.jsonl: no row of it can be read as a mention: line 1: not"
    )
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["ingest", "worker"])
def test_the_parts_of_the_kafka_engine_ask_for_a_broker(
    run: Run, tmp_path: Path, command: str
) -> None:
    (tmp_path / "listener.yaml").write_text("brands: [{name: A}]")
    refused(run(command, "--config", "listener.yaml"), "LISTENER_BROKER")


def test_help_names_every_command(run: Run) -> None:
    done = run("--help")
    assert done.code == 0
    for command in ("run", "ingest", "worker", "replay", "backtest", "score", "check-config"):
        assert command in done.out
