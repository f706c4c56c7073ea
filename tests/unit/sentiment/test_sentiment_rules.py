"""The rules that languages share, on a lexicon small enough to reckon by hand."""

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.sentiment import LexiconAnalyser, SentimentScorer, parse_lexicon

SMALL = """
goed	2
slecht	-2
lekker	2
vreselijk	-2
mee	0
valt ... mee	1.5
valt ... tegen	-2
al # uur	-1
geen _ meer	-1
[negations]
niet
[boosters]
heel	0.3
vreselijk	0.3
beetje	-0.3
[contrast]
maar
[breaks]
omdat
[irony]
🙃
#not
[settings]
reach	3
reach_back	2
turn_negative	-0.5
"""
ANALYSER = LexiconAnalyser("small", parse_lexicon(SMALL), {"😡": -2.5, ":)": 2.0, "🙃": -1.0})


def values(text: str) -> dict[str, float]:
    return {hit.words: hit.value for hit in ANALYSER.explain(text).hits}


def compound(total: float) -> float:
    return round(total / math.sqrt(total * total + 15), 4)


def test_values_are_added_up_and_brought_within_one() -> None:
    assert ANALYSER.compound("goed en lekker") == compound(4)
    assert ANALYSER.compound("tafel") == 0


def test_a_negation_turns_the_words_after_it() -> None:
    assert values("niet goed") == {"goed": pytest.approx(2 * -0.74)}
    assert values("niet slecht") == {"slecht": 1.0}
    assert values("niet a b goed") == {"goed": pytest.approx(2 * -0.74, abs=1e-3)}
    assert values("niet a b c goed") == {"goed": 2}


def test_a_negation_with_nothing_behind_it_looks_back() -> None:
    assert values("dat is goed niet") == {"goed": pytest.approx(2 * -0.74)}
    assert values("goed a b niet") == {"goed": 2}


def test_two_negations_are_one() -> None:
    assert values("niet niet goed") == values("niet goed")


def test_a_negation_stays_within_its_clause() -> None:
    assert values("zeker niet, goed") == {"goed": 2}
    assert values("niet omdat goed") == {"goed": 2}


def test_boosters_strengthen_less_from_further_away_and_dampers_weaken() -> None:
    assert values("heel goed") == {"goed": 2.3}
    assert values("heel erg goed") == {"goed": pytest.approx(2 + 0.3 * 0.95)}
    assert values("heel slecht") == {"slecht": -2.3}
    assert values("beetje goed") == {"goed": 1.7}


def test_a_word_may_strengthen_what_follows_or_stand_for_itself() -> None:
    assert values("vreselijk lekker") == {"lekker": 2.3}
    assert values("vreselijk") == {"vreselijk": -2}


def test_what_follows_but_weighs_more_within_its_sentence() -> None:
    assert values("goed maar slecht") == {"goed": 1, "slecht": -3}
    assert values("goed. maar slecht") == {"goed": 2, "slecht": -2}


def test_phrases_count_as_a_whole_with_words_in_between() -> None:
    assert values("het valt best wel mee") == {"valt best wel mee": 1.5}
    assert values("dat valt erg tegen") == {"valt erg tegen": -2}
    assert values("valt dat, tegen") == {}
    assert values("valt a b c d e tegen") == {}
    assert values("al 3 uur") == {"al 3 uur": -1}
    assert values("al lang uur") == {}
    assert values("geen brood meer") == {"geen brood meer": -1}


def test_capitals_among_other_words_shout() -> None:
    assert values("dat is GOED") == {"goed": 2.733}
    assert values("DAT IS GOED") == {"goed": 2}


def test_exclamation_marks_add_up_to_four() -> None:
    scores = [ANALYSER.compound("goed" + "!" * count) for count in range(6)]
    assert all(less < more for less, more in pairwise(scores[:5]))
    assert scores[4] == scores[5]


@pytest.mark.parametrize(
    "text", ["goeoeoed", "goeeed", "#Goed", "goed.", "(goed)", "“goed”", "goed-slecht-goed"]
)
def test_spelling_and_punctuation_do_not_hide_a_word(text: str) -> None:
    lexicon = parse_lexicon("goed\t2\nslecht\t-2\ngoeoeoed\t1")
    assert LexiconAnalyser("spelling", lexicon, {}).compound(text) > 0


def test_symbols_count_alone_and_glued_to_words() -> None:
    assert values("😡") == {"😡": -2.5}
    assert [hit.words for hit in ANALYSER.explain("tafel😡😡").hits] == ["😡", "😡"]
    assert values("ja :)") == {":)": 2}


def test_an_emoticon_may_look_like_a_word_with_a_mark_behind_it() -> None:
    analyser = LexiconAnalyser("small", parse_lexicon(SMALL), {"c:": 2.0, "xd": 1.0})
    assert analyser.compound("tot zo c:") == compound(2)
    assert analyser.compound("tot zo XD!") == compound(1 + 0.292)
    assert analyser.compound("a, b en c") == 0


def test_words_that_no_lexicon_knows_fill_the_gaps_of_phrases_and_are_shown_in_them() -> None:
    assert values("valt tafel stoel tegen, geen Lamp! meer") == {"valt tafel stoel tegen": -2}
    assert values("geen LAMP meer") == {"geen lamp meer": -1}
    assert ANALYSER.compound("valt tafel stoel tegen") == compound(-2)


def test_words_without_their_accents_are_known() -> None:
    analyser = LexiconAnalyser("accents", parse_lexicon("déçu\t-2"), {})
    assert analyser.compound("decu") == analyser.compound("déçu") < 0


def test_a_mark_of_irony_makes_blame_of_praise() -> None:
    assert values("goed 🙃") == {"goed": -1, "🙃": -1}
    assert values("goed #not") == {"goed": -1}
    assert values("slecht #not") == {"slecht": -2}


def test_accents_of_emphasis_do_not_hide_a_word_but_accents_that_matter_stay() -> None:
    lexicon = parse_lexicon("weer\t-1\nmême pas\t-2\n[negations]\nmême")
    analyser = LexiconAnalyser("accents", lexicon, {})
    assert [hit.words for hit in analyser.explain("wéér, même pas").hits] == ["weer", "même pas"]


def test_an_explanation_ends_in_the_same_score() -> None:
    text = "heel goed, maar niet lekker 😡!"
    assert ANALYSER.explain(text).compound == ANALYSER.compound(text)


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(codec=None), max_size=200))
def test_any_text_gets_a_score_within_bounds_in_every_language(text: str) -> None:
    for language in ("nl", "en", "de", "fr", "es"):
        score = EVERY.score(text, language).compound
        assert score is not None
        assert -1 <= score <= 1


EVERY = SentimentScorer()
PLAIN = SentimentScorer(plain_vader=True)


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize(
    ("unit", "size"),
    [
        ("😡", 250_000),
        ("!", 1_000_000),
        ("not good but ", 1_000_000),
        ("e\u0301\u0316\u0302", 200_000),
        ("\u202eשלום ", 200_000),
        ("\ud800", 200_000),
        ("a-", 200_000),
        ("#aB", 50_000),
        ("@x.", 50_000),
    ],
)
def test_a_megabyte_of_anything_is_scored(unit: str, size: int, plain: bool) -> None:
    text = unit * (size // len(unit))
    label = (PLAIN if plain else EVERY).score(text, "en").label
    assert label in {"negative", "neutral", "positive"}


@pytest.mark.parametrize(
    ("language", "unit"),
    [("nl", "in de "), ("de", "fällt nicht aber "), ("fr", "ne pas "), ("es", "no 3 nunca ")],
)
def test_a_long_row_of_words_that_begin_phrases_is_scored(language: str, unit: str) -> None:
    text = unit * (50_000 // len(unit))
    assert EVERY.score(text, language).label in {"negative", "neutral", "positive"}
