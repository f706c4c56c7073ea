"""Counting the words that are frequent in each language."""

from detectors.language import NEIGHBOURS
from detectors.language.frequent import FrequentWords, frequent_words


def test_each_language_counts_its_own_words() -> None:
    counts = FrequentWords(["nl", "en", "de"]).count(["ik", "the", "niet", "in", "zzz"])
    assert list(counts) == [3, 2, 1]


def test_a_long_text_is_counted_as_far_as_a_byte_goes() -> None:
    assert list(FrequentWords(["nl", "en"]).count(["niet"] * 1000)) == [255, 0]
    assert list(FrequentWords(["nl", "en"]).count([])) == [0, 0]


def test_a_language_without_a_list_has_no_frequent_words() -> None:
    assert list(FrequentWords(["xx", "nl"]).count(["niet"])) == [0, 1]


def test_every_language_that_is_weighed_has_a_list_of_single_lower_case_words() -> None:
    listed = frequent_words()
    assert set(listed) == set(NEIGHBOURS)
    assert all(len(words) > 60 for words in listed.values())
    assert all(word == word.lower() for words in listed.values() for word in words)
