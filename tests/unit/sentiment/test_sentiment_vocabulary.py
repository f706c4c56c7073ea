"""What the vocabulary passes over is nothing that a lexicon knows."""

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.sentiment import LANGUAGES, parse_lexicon
from detectors.sentiment.languages import builtin_lexicon
from detectors.sentiment.lookup import WordLookup
from detectors.sentiment.phrases import Phrases
from detectors.sentiment.vocabulary import Vocabulary

WORDS = parse_lexicon("klacht*\t-2\n*storing\t-2\ngoed\t2\nvalt op ... a*\t1\n[negations]\nniet")
VOCABULARY = Vocabulary(WORDS, {"ideeen"})


@pytest.mark.parametrize(
    "word", ["klachten", "treinstoring", "goed", "goeeeed", "góéd", "valt", "op", "aan", "niet"]
)
def test_what_stands_in_a_lexicon_or_looks_like_it_may_be_known(word: str) -> None:
    assert VOCABULARY.may_know(word)


def test_what_looks_like_nothing_in_it_is_passed_over() -> None:
    assert VOCABULARY.may_know("ideeen")
    assert not VOCABULARY.may_know("tafel")
    assert not VOCABULARY.may_know("x")


@pytest.mark.parametrize("language", LANGUAGES)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_nothing_that_can_be_looked_up_is_passed_over(language: str, data: st.DataObject) -> None:
    lookup, phrases, vocabulary, functional, entries = parts(language)
    word = data.draw(st.sampled_from(entries) | st.text("abdeginorstuvz'é", min_size=1))
    word = word.lower() + data.draw(st.sampled_from(["", "s", "en", "e"]))
    if not vocabulary.may_know(word):
        assert lookup.find(word) == (word, 0.0)
        assert word[0].isdigit() or phrases.starting_with(word) is None
        assert word not in functional


@cache
def parts(language: str) -> tuple[WordLookup, Phrases, Vocabulary, frozenset[str], list[str]]:
    """What looks words of a language up, its words that do something to others, its entries."""
    lexicon = builtin_lexicon(language)
    lookup = WordLookup(lexicon)
    functional = lexicon.negations | lexicon.boosters.keys() | lexicon.contrast | lexicon.breaks
    entries = sorted({*lexicon.words, *lexicon.beginnings, *functional})
    vocabulary = Vocabulary(lexicon, lookup.without_accents)
    return lookup, Phrases(lexicon.phrases), vocabulary, functional, entries
