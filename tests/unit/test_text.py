"""Text from outside made safe to count, to store and to show."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.records import dumps, loads
from detectors.text import clean, fold, one_line, without_addresses

ANYTHING = st.text(st.one_of(st.characters(), st.characters(categories=["Cs"])), max_size=80)


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("  geen internet \n", "geen internet"),
        ("a\x00b", "a b"),
        ("\x1b]0;owned\x07text", "]0;owned text"),
        ("one\ntwo\tthree", "one\ntwo\tthree"),
        ("lone \ud83d high", "lone \ufffd high"),
        ("lone \udc00 low", "lone \ufffd low"),
        ("\ud83d\ude00", "😀"),
        ("", ""),
        ("\x00\x07", ""),
    ],
)
def test_clean(raw: str, cleaned: str) -> None:
    assert clean(raw, 100) == cleaned


def test_clean_cuts_and_leaves_no_blank_at_the_cut() -> None:
    assert clean("x" * 20, 10) == "x" * 10
    assert clean("word " * 20, 10) == "word word"


@settings(max_examples=50, deadline=None)
@given(ANYTHING, st.integers(1, 50))
def test_what_is_clean_is_short_can_be_written_and_stays_as_it_is(raw: str, limit: int) -> None:
    cleaned = clean(raw, limit)
    assert len(cleaned) <= limit
    assert loads(dumps(cleaned)) == cleaned
    assert clean(cleaned, limit) == cleaned


def test_one_line_folds_white_space_and_says_that_it_cut() -> None:
    assert one_line(" a\n\n b\t c ", 20) == "a b c"
    assert one_line("word " * 10, 8) == "word wo…"
    assert one_line("exactly8", 8) == "exactly8"


@pytest.mark.parametrize(
    "written",
    ["Macy's", "MACY\u2019S", "macy's", "\uff2d\uff41\uff43\uff59\uff07\uff53"],
)
def test_names_are_compared_without_case_width_or_kind_of_apostrophe(written: str) -> None:
    assert fold(written) == "macy's"


def test_an_accent_may_be_written_apart() -> None:
    assert fold("Cafe\u0301") == fold("CAFÉ")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("@acme no service", "no service"),
        ("no service @acme@social.example today", "no service today"),
        ("see https://example.org/terrible?a=1 now", "see now"),
        ("see WWW.example.org now", "see now"),
        ("mail me at joke@example.org", "mail me at joke@example.org"),
        ("#fail", "#fail"),
    ],
)
def test_handles_and_urls_are_taken_out(text: str, left: str) -> None:
    assert without_addresses(text).split() == left.split()
