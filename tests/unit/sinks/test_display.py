"""Hostile text on its way to a screen."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sinks.display import visible, web_link
from tests.unit.sinks.fakes import HOSTILE


@given(st.text(st.characters(), max_size=200), st.integers(2, 100))
def test_what_is_shown_is_one_short_line_without_anything_that_steers(
    text: str, limit: int
) -> None:
    shown = visible(text, limit)
    assert len(shown) <= limit
    categories = {unicodedata.category(letter) for letter in shown if letter not in "\u200c\u200d"}
    assert not categories & {"Cc", "Cf", "Cs", "Zl", "Zp"}


def test_escape_sequences_and_reordering_lose_their_power_and_words_stay() -> None:
    assert visible("\x1b[2Jgone \u202etxt.exe\u2066\n\u2028next\x9b1m", 80) == (
        "[2Jgone txt.exe next 1m"
    )
    assert visible("half \ud83d of a pair", 80) == "half \ufffd of a pair"


def test_joined_emoji_and_scripts_that_need_joiners_stay_whole() -> None:
    for text in ("👩\u200d🚒 wat een held", "می\u200cخواهم"):
        assert visible(text, 80) == text


def test_a_plain_address_is_shown_as_it_is() -> None:
    for url in ("https://social.example/a/1?x=1&y=2#z", "http://forum.example:8080/t/9"):
        assert web_link(url) == url


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "javascript:alert(1)",
        "data:text/html,x",
        "//social.example/1",
        "https://",
        "https://user:word@social.example/",
        "https://bank.example@evil.example/",
        "https://x.example/a|Click",
        "https://x.example/<!channel>",
        'https://x.example/"',
        "https://x.example/a b",
        "https://x.example/\x1b[2J",
        "https://x.example/ünï",
        "https://[::1/",
        "https://x.example/" + "a" * 2000,
        HOSTILE,
    ],
)
def test_any_other_is_not_shown_as_a_link(url: str | None) -> None:
    assert web_link(url) is None
