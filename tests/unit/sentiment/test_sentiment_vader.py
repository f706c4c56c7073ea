"""Plain VADER gives the scores of the `vaderSentiment` package, to the last digit."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vaderSentiment.vaderSentiment import (
    BOOSTER_DICT,
    NEGATE,
    SPECIAL_CASES,
    SentimentIntensityAnalyzer,
)

from detectors.sentiment.vader import VaderAnalyser

ANALYSER = VaderAnalyser()
ORACLE = SentimentIntensityAnalyzer()
RULE_WORDS = (
    *("but", "BUT", "no", "No", "least", "at", "very", "never", "so", "this", "without", "doubt"),
    *("kind", "of", "sort", "or", "nor", "just", "enough", "train", "late", "!", "??", "😡", "😀"),
    *(word for phrase in SPECIAL_CASES for word in phrase.split()),
    *BOOSTER_DICT,
    *NEGATE,
)


def assert_same(text: str) -> None:
    scores = ANALYSER.scores(text)
    assert {
        "neg": scores.neg,
        "neu": scores.neu,
        "pos": scores.pos,
        "compound": scores.compound,
    } == ORACLE.polarity_scores(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "The crew was great",
        "The crew was GREAT!!!",
        "The crew was not very great, but the seats were fine??",
        "never so happy, and without a doubt the least helpful desk",
        "kind of good, sort of bad, to die for, bus stop, the bomb",
        "no luggage, no help, no good or fine answer",
        "good good good but good good bad bad",
        "delayed again😡😡 great 😡job :) :D",
        "HELP ME NOW",
        "at least it isn't a horrible seat. AT LEAST.",
    ],
)
def test_examples_score_as_the_package_scores_them(text: str) -> None:
    assert_same(text)


@settings(max_examples=400, deadline=None)
@given(
    st.lists(
        st.builds(
            lambda word, upper, tail: (word.upper() if upper else word) + tail,
            st.one_of(st.sampled_from(RULE_WORDS), st.sampled_from(sorted(ORACLE.lexicon))),
            st.booleans(),
            st.sampled_from(["", "", "", ".", ",", "!", "?", "😡"]),
        ),
        max_size=15,
    ).map(" ".join)
)
def test_any_row_of_words_that_the_rules_speak_of_scores_the_same(text: str) -> None:
    assert_same(text)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80))
def test_any_text_scores_the_same(text: str) -> None:
    assert_same(text)


def test_the_explanation_names_the_words_and_ends_in_the_same_score() -> None:
    text = "The crew was not helpful, but the seat was nice"
    explanation = ANALYSER.explain(text)
    assert explanation.compound == ANALYSER.compound(text)
    assert [hit.words for hit in explanation.hits] == ["helpful", "nice"]
    assert explanation.hits[0].value < 0 < explanation.hits[1].value
