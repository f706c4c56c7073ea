"""An operator's own words, from the configuration to the score."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from detectors.records import Mention
from listener.errors import UsageError
from listener.pipeline import make_scorer
from listener.settings import make_settings


def compound(values: dict[str, object], text: str) -> float | None:
    settings = make_settings(values, "file")
    mention = Mention("1", text, datetime(2026, 1, 1, tzinfo=UTC), language="nl")
    scored = make_scorer(settings.pipeline).score(mention)
    assert scored is not None
    return scored.sentiment.compound


def test_words_are_laid_over_a_language(tmp_path: Path) -> None:
    words = tmp_path / "nl.txt"
    words.write_text("flapperdeflap\t-3\n", "utf-8")
    brands: dict[str, object] = {"brands": [{"name": "Acme"}]}
    assert compound(brands, "Acme is flapperdeflap") == 0
    with_words = {**brands, "sentiment": {"lexicons": {"nl": str(words)}}}
    assert (compound(with_words, "Acme is flapperdeflap") or 0) < -0.3


def test_words_mean_something_else_for_one_brand(tmp_path: Path) -> None:
    words = tmp_path / "clinic.txt"
    words.write_text("ziek\t0\n", "utf-8")
    values: dict[str, object] = {
        "brands": [{"name": "Kliniek"}, {"name": "Acme"}],
        "sentiment": {"brand_lexicons": {"Kliniek": str(words)}},
    }
    assert compound(values, "Kliniek: iedereen is ziek") == 0
    assert (compound(values, "Acme: iedereen is ziek") or 0) < 0


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "no such file or directory"),
        (b"waardeloos\tvery\n", "own.txt:1: expected a word, a tab and a number"),
        (b"\xff\xfe\n", "own.txt: not UTF-8 at byte 0"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(
    tmp_path: Path, content: bytes | None, told: str
) -> None:
    words = tmp_path / "own.txt"
    if content is not None:
        words.write_bytes(content)
    sentiment = {"lexicons": {"nl": str(words)}}
    with pytest.raises(UsageError, match=told):
        make_settings({"brands": [{"name": "Acme"}], "sentiment": sentiment}, "file")


def test_a_brand_that_is_not_there_is_refused(tmp_path: Path) -> None:
    words = tmp_path / "own.txt"
    words.write_text("ziek\t0\n", "utf-8")
    sentiment = {"brand_lexicons": {"Nobody": str(words)}}
    with pytest.raises(UsageError, match="there is no brand 'Nobody'"):
        make_settings({"brands": [{"name": "Acme"}], "sentiment": sentiment}, "file")
