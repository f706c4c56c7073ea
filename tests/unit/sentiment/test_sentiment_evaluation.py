"""Agreement with people's labels, and the command that prints it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from detectors.sentiment.analyser import Label
from detectors.sentiment.evaluation import Judged, evaluate, worst
from listener.cli import app
from listener.errors import UsageError


def judged(expected: Label, found: Label, compound: float | None = 0.0, name: str = "x") -> Judged:
    return Judged(name, "text", expected, found, compound)


def test_figures_are_those_reckoned_by_hand() -> None:
    result = evaluate(
        [
            *[judged("negative", "negative")] * 3,
            judged("negative", "positive"),
            *[judged("positive", "positive")] * 2,
            *[judged("positive", "neutral")] * 2,
        ]
    )
    assert result.texts == 8
    assert result.accuracy == 5 / 8
    negative, positive = result.classes["negative"], result.classes["positive"]
    assert (negative.precision, negative.recall, negative.expected) == (1, 3 / 4, 4)
    assert (positive.precision, positive.recall) == (2 / 3, 1 / 2)
    assert negative.f1 == pytest.approx(6 / 7)
    assert result.macro_f1 == pytest.approx((6 / 7 + 4 / 7) / 2)
    assert result.confusion["positive", "neutral"] == 2


def test_a_class_that_people_never_used_has_no_part_in_the_mean() -> None:
    assert "neutral" not in evaluate([judged("negative", "neutral")]).classes
    assert evaluate([]).macro_f1 == 0


def test_the_worst_mistakes_are_the_surest_and_none_is_a_right_one() -> None:
    mistakes = worst(
        [
            judged("negative", "positive", 0.4, "mild"),
            judged("negative", "positive", 0.9, "sure"),
            judged("negative", "negative", -0.9, "right"),
            judged("negative", "unscored", None, "unscored"),
        ]
    )
    assert [one.id for one in mistakes] == ["sure", "mild", "unscored"]


LABELLED = "nr;x,body,label\n1,Niet leuk!,negative\n2,Top geholpen,Positive\n3,leuk hoor,positive\n"


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["evaluate", *arguments], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_the_command_prints_figures_confusion_and_mistakes(tmp_path: Path) -> None:
    file = tmp_path / "labelled.csv"
    file.write_text(LABELLED)
    printed = run(str(file), "--map", "id=nr;x,text=body,sentiment=label", "--language", "nl")
    assert "3 texts   accuracy 0.667" in printed
    assert "negative       0.500   1.000" in printed
    assert "3: positive, scored negative" in printed
    assert "leuk hoor -" in printed


def test_the_command_prints_json_and_finds_texts_by_id(tmp_path: Path) -> None:
    labels, texts = tmp_path / "labels.csv", tmp_path / "texts.jsonl"
    labels.write_text("id,sentiment\na,negative\nb,neutral\n")
    texts.write_text('{"id": "a", "text": "an awful day"}\n{"id": "b", "text": "at nine"}\n')
    result = json.loads(
        run(str(labels), "--texts", str(texts), "--language", "en", "--json", "--plain-vader")
    )
    assert result["texts"] == 2
    assert result["accuracy"] == 1
    assert result["classes"]["negative"]["recall"] == 1
    assert result["mistakes"] == []


@pytest.mark.parametrize(
    ("content", "arguments", "complaint"),
    [
        ("text,sentiment\nfine,so so\n", [], "labelled.csv:2: sentiment 'so so': expected one of"),
        ("text,sentiment\n", [], "no labelled texts"),
        ("text,label\nfine,positive\n", [], "no column 'sentiment'"),
        ("text,sentiment\n,positive\n", [], "labelled.csv:2: no text"),
        ("text,sentiment\nfine,positive\n", ["--map", "mood=label"], "--map 'mood=label'"),
    ],
)
def test_what_is_wrong_with_the_file_is_told(
    tmp_path: Path, content: str, arguments: list[str], complaint: str
) -> None:
    file = tmp_path / "labelled.csv"
    file.write_text(content)
    with pytest.raises(UsageError, match=complaint.replace("'", ".")):
        CliRunner().invoke(app, ["evaluate", str(file), *arguments], catch_exceptions=False)
