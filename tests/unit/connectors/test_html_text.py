"""HTML as a reader sees it."""

import pytest

from listener.connectors.html import text_of


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("plain words", "plain words"),
        ("<p>One</p><p>two<br/>three</p>", "One\ntwo\nthree"),
        ("<b>Ac</b>me is <i class='x'>down</i>", "Acme is down"),
        ("<ul><li>a</li>\n<li>b</li></ul>", "a\nb"),
        ("caf&eacute; &amp; &#8364;5 &lt;b&gt;&nbsp;!", "café & €5 <b> !"),
        ("a < b and c > d", "a < b and c > d"),
        ("  much \t\n  space ", "much space"),
        ("before<script>var a = '<p>';</script>after", "beforeafter"),
        ("<STYLE>p { x }</STYLE ><P>text", "text"),
        ("<header>kept</header><head><title>gone</title></head>", "kept"),
        ("a<!-- hidden <p> -->b", "ab"),
        ("a<!-- never closed <p>b", "a"),
        ("a<script>never closed", "a"),
        ("<![CDATA[inside]]>", "inside"),
        ("<!DOCTYPE html><?xml version='1.0'?><html>x</html>", "x"),
        ("cut off <a href='x", "cut off <a href='x"),
        ('<img alt="x"><svg:rect/>é 🚀', "é 🚀"),
        ("", ""),
    ],
)
def test_the_text_without_the_markup(markup: str, text: str) -> None:
    assert text_of(markup) == text


@pytest.mark.parametrize("piece", ["<", "<!--", "<script>", "&", "&#x", "<![CDATA[", "<a b='"])
def test_markup_that_never_ends_is_read_to_its_limit(piece: str) -> None:
    assert len(text_of(piece * 100_000)) <= 200_000
