"""`listener evaluate`: how far the scores agree with people's labels, and with whose words."""

import json
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from listener.cli import app
from listener.errors import UsageError

LABELLED = """number,body,label
1,Al drie dagen geen internet,negative
2,wat een flapperdeflap,negative
3,De winkel is open van negen tot vijf,neutral
4,Top geholpen door jullie,positive
"""


def evaluate(*arguments: str | Path) -> str:
    result = CliRunner().invoke(app, ["evaluate", *map(str, arguments)])
    if result.exception is not None:
        raise result.exception
    return result.stdout


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    path = tmp_path / "labelled.csv"
    path.write_text(LABELLED, "utf-8")
    return path


MAP = ("--map", "id=number,text=body,sentiment=label", "--language", "nl")


def test_it_prints_figures_confusion_and_the_worst_mistakes(labelled: Path) -> None:
    printed = evaluate(labelled, *MAP)
    assert "4 texts   accuracy 0.750" in printed
    assert "2: negative, scored neutral (+0.00): no word counted" in printed


def test_words_of_your_own_are_heard(labelled: Path, tmp_path: Path) -> None:
    words = tmp_path / "nl.txt"
    words.write_text("flapperdeflap\t-3\n", "utf-8")
    config = tmp_path / "listener.yaml"
    settings = {"brands": [{"name": "Acme"}], "sentiment": {"lexicons": {"nl": str(words)}}}
    config.write_text(yaml.safe_dump(settings), "utf-8")
    found = json.loads(evaluate(labelled, *MAP, "--json", "--config", config))
    assert found["accuracy"] == 1
    assert found["mistakes"] == []


def test_labels_may_stand_apart_from_their_texts(tmp_path: Path) -> None:
    texts, labels = tmp_path / "mentions.jsonl", tmp_path / "labels.csv"
    texts.write_text('{"id": "7", "text": "worst service ever"}\n', "utf-8")
    labels.write_text("id,sentiment\n7,negative\n", "utf-8")
    assert "1 texts   accuracy 1.000" in evaluate(labels, "--texts", texts)


def test_a_label_that_is_none_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "labelled.csv"
    path.write_text("text,sentiment\nfine,meh\n", "utf-8")
    with pytest.raises(UsageError, match=r"labelled.csv:2: sentiment 'meh': expected one of"):
        evaluate(path)
