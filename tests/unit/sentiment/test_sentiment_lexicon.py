"""The format that lexicons are written in, and the files that come with the project."""

import re
from importlib.resources import files

import pytest

from detectors.sentiment import LANGUAGES, InvalidLexicon, parse_lexicon
from detectors.sentiment.languages import builtin_lexicon, symbols
from detectors.sentiment.lookup import WordLookup


def test_vaders_own_format_is_a_lexicon() -> None:
    words = WordLookup(
        parse_lexicon("good\t1.9\t0.9434\t[2, 1, 1, 3, 2, 4, 2, 2, 1, 1]\nbad\t-2.5\n:(\t-1.9")
    )
    assert words.value("good") == 1.9
    assert words.value("bad") == -2.5
    assert words.value(":(") == -1.9
    assert words.value("table") is None


def test_a_star_stands_for_any_ending_or_any_beginning() -> None:
    words = WordLookup(parse_lexicon("klacht*\t-2\n*storing\t-1.5"))
    assert words.value("klachtenlijn") == -2
    assert words.value("treinstoring") == -1.5
    assert words.value("storingen") is None


def test_what_is_written_out_wins_over_patterns_and_long_patterns_over_short_ones() -> None:
    words = WordLookup(parse_lexicon("goed*\t2\ngoederen*\t0\ngoedertieren\t1"))
    assert words.value("goede") == 2
    assert words.value("goederentrein") == 0
    assert words.value("goedertieren") == 1


def test_one_line_gives_several_forms() -> None:
    lexicon = parse_lexicon("leuk(|e|er)\t2\n(on|)bereikbaar(|e)\t-1\n:(\t-2")
    assert {word for word in lexicon.words if word.startswith("leuk")} == {
        "leuk",
        "leuke",
        "leuker",
    }
    words = WordLookup(lexicon)
    assert words.value("onbereikbare") is None
    assert words.value("onbereikbaare") == words.value("bereikbaar") == -1
    assert words.value(":(") == -2


def test_sections_hold_what_is_no_score() -> None:
    lexicon = parse_lexicon(
        "# a comment\n\n[negations]\nniet\n[boosters]\nerg\t0.3\n[contrast]\nmaar\n"
        "[breaks]\nomdat\n[irony]\n#not\n[settings]\nreach\t4\n[words]\nfijn\t2"
    )
    assert lexicon.negations == {"niet"}
    assert lexicon.boosters == {"erg": 0.3}
    assert lexicon.contrast == {"maar"}
    assert lexicon.breaks == {"omdat"}
    assert lexicon.irony == {"#not"}
    assert lexicon.settings == {"reach": 4}
    assert lexicon.words == {"fijn": 2}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("good 1.9", "mine.txt:1: expected a word, a tab and a number"),
        ("fine\t1\ngood\tvery", "mine.txt:2: expected a word, a tab and a number"),
        ("good\t40", "mine.txt:1: 40.0 is out of range"),
        ("good\tnan", "mine.txt:1: nan is out of range"),
        ("[verbs]\nwalk", "mine.txt:1: no section '[verbs]'; there are words, boosters"),
        ("[settings]\nspeed\t3", "mine.txt: no setting 'speed'; there are negative_weight"),
        ("go*d\t1", "mine.txt:1: 'go*d': a * stands at an end of a word"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(text: str, complaint: str) -> None:
    with pytest.raises(InvalidLexicon, match=re.escape(complaint)):
        parse_lexicon(text, "mine.txt")


def test_laid_over_another_a_lexicon_adds_and_replaces() -> None:
    base = parse_lexicon("ziek\t-1.5\nfijn\t2\n[negations]\nniet")
    both = base.with_(parse_lexicon("ziek\t0\nzot\t1\n[negations]\nnooit"))
    assert both.words == {"ziek": 0, "fijn": 2, "zot": 1}
    assert both.negations == {"niet", "nooit"}
    assert base.words["ziek"] == -1.5


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_lexicon_that_comes_along_is_a_whole_language(language: str) -> None:
    lexicon = builtin_lexicon(language)
    entries = [*lexicon.words.values(), *lexicon.beginnings.values(), *lexicon.phrases.values()]
    assert sum(value > 0 for value in entries) > 200
    assert sum(value < 0 for value in entries) > 200
    assert all(-4 <= value <= 4 for value in entries)
    assert lexicon.negations
    assert lexicon.boosters
    assert lexicon.contrast


@pytest.mark.parametrize("name", [*LANGUAGES, "symbols"])
def test_a_lexicon_file_says_everything_once(name: str) -> None:
    lines = (
        (files("detectors.sentiment") / "lexicons" / f"{name}.txt").read_text("utf-8").split("\n")
    )
    section, seen = "", set()
    for line in lines:
        if line.startswith("[") and "\t" not in line:
            section = line
        elif line and not line.startswith("# "):
            entry = line.partition("\t")[0]
            assert entry == entry.lower().strip()
            assert (section, entry) not in seen
            seen.add((section, entry))


def test_emoji_and_emoticons_speak_every_language() -> None:
    assert symbols()["😡"] < 0 < symbols()["😍"]
    assert symbols()[":("] < 0 < symbols()[":)"]
