"""Which mentions speak of which brand."""

from datetime import UTC, datetime

import pytest

from detectors.records import Mention
from listener.brands import Brand
from listener.queries.matcher import QueryMatcher


def said(text: str) -> Mention:
    return Mention(id="1", text=text, published_at=datetime(2026, 1, 15, tzinfo=UTC))


def matches(term: str, text: str) -> bool:
    return QueryMatcher([Brand("B", (term,))]).match(said(text)) == ["B"]


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("JetBlue", "jetblue is late"),
        ("JetBlue", "JETBLUE!"),
        ("JetBlue", "(JetBlue)"),
        ("JetBlue", "why,JetBlue,why"),
        ("JetBlue", "JetBlue's crew"),
        ("JetBlue", "JetBlue\u2019s crew"),
        ("JetBlue", "@jetblue hello"),
        ("JetBlue", "#JetBlue"),
        ("JetBlue", "\uff2a\uff45\uff54\uff22\uff4c\uff55\uff45 fullwidth"),
        ("@JetBlue", "hey @jetblue."),
        ("@JetBlue", ".@JetBlue hey"),
        ("@JetBlue", "RT @JetBlue: hey"),
        ("#fail", "what a #FAIL"),
        ("T-Mobile", "t-mobile again"),
        ("T-Mobile", "T-Mobile-klant"),
        ("Macy's", "at Macy\u2019s today"),
        ("Macy\u2019s", "at MACY'S today"),
        ("Café Zürich", "cafe\u0301 zu\u0308rich is dicht"),
        ("Straße", "in der STRASSE"),
        ("Acme phone", "my acme  phone"),
        ("Acme phone", "my Acme\nphone"),
        ("acme  phone", "my Acme phone"),
        ("3", "bij 3 werkt niets"),
        ("Ö", "ö"),
        ("乐天", "去 乐天 买"),
    ],
)
def test_speaks_of_it(term: str, text: str) -> None:
    assert matches(term, text)


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("JetBlue", "jetblues"),
        ("JetBlue", "myjetblue"),
        ("JetBlue", "#JetBlueFail"),
        ("JetBlue", "@jetblue_support"),
        ("JetBlue", "jet blue"),
        ("JetBlue", ""),
        ("@JetBlue", "JetBlue without the sign"),
        ("@JetBlue", "joke@jetblue.com"),
        ("@JetBlue", "@jetbluecheeps"),
        ("#fail", "what a fail"),
        ("T-Mobile", "t mobile"),
        ("Acme phone", "acme smartphone"),
        ("Acme phone", "acme and a phone"),
        ("3", "13 of 3G"),
        ("112", "1123"),
    ],
)
def test_does_not_speak_of_it(term: str, text: str) -> None:
    assert not matches(term, text)


def test_without_terms_a_brand_is_listened_for_by_its_name() -> None:
    matcher = QueryMatcher([Brand("Zork Telecom")])
    assert matcher.match(said("ZORK telecom is down")) == ["Zork Telecom"]


def test_with_terms_the_name_alone_is_not_one() -> None:
    matcher = QueryMatcher([Brand("Delta Air Lines", ("@delta",))])
    assert matcher.match(said("Delta Air Lines is late")) == []


def test_brands_come_in_their_configured_order_each_once() -> None:
    matcher = QueryMatcher([Brand("Zork", ("zork", "@zork")), Brand("Acme", ("acme", "zork acme"))])
    assert matcher.match(said("acme, zork and @zork: zork acme")) == ["Zork", "Acme"]


def test_brands_may_share_terms_and_parts_of_terms() -> None:
    matcher = QueryMatcher(
        [Brand("United", ("united",)), Brand("Man U", ("manchester united", "united"))]
    )
    assert matcher.match(said("manchester united won")) == ["United", "Man U"]


def test_a_thousand_brands_are_told_apart() -> None:
    matcher = QueryMatcher(Brand(f"brand {n}") for n in range(1000))
    assert matcher.match(said("brand 7 and brand 77, not brand 7777")) == ["brand 7", "brand 77"]


@pytest.mark.parametrize(
    ("terms", "text", "left"),
    [
        (("united", "@united"), "@United and UNITED are late", "and are late"),
        (("Macy's",), "Macy\u2019s is closed", "is closed"),
        (("Best Buy",), "best\nbuy is closed, BestBuy isn't", "is closed, BestBuy isn't"),
        (("united",), "united's crew", "'s crew"),
        (("united",), "a reunited family", "a reunited family"),
        (("Great",), "\uff27\uff52\uff45\uff41\uff54 is closed", "is closed"),
        (("Café Fijn",), "cafe\u0301 fijn is dicht", "is dicht"),
        (("fijn", "heel fijn"), "heel fijn is dicht", "is dicht"),
        (("a.b",), "a.b and axb", "and axb"),
    ],
)
def test_names_are_taken_out_before_feelings_are_read(
    terms: tuple[str, ...], text: str, left: str
) -> None:
    matcher = QueryMatcher([Brand("B", terms)])
    assert matcher.without_names(text, ["B"]).split() == left.split()


def test_only_the_names_of_the_brands_in_question_are_taken_out() -> None:
    matcher = QueryMatcher([Brand("United"), Brand("Best")])
    assert matcher.without_names("united is best", ["United"]).split() == ["is", "best"]
    assert matcher.without_names("united is best", ["United", "Best"]).split() == ["is"]
    assert matcher.without_names("united is best", []) == "united is best"


@pytest.mark.parametrize(
    ("text", "brand"),
    [
        ("Acme", Brand("Acme")),
        (" Acme = @acme , acme phone,", Brand("Acme", ("@acme", "acme phone"))),
        ("Acme=", Brand("Acme")),
        ("A=b=c", Brand("A", ("b=c",))),
    ],
)
def test_a_brand_can_be_written_on_one_line(text: str, brand: Brand) -> None:
    assert Brand.parse(text) == brand


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "needs a name"),
        ("=acme", "needs a name"),
        ("Acme=!!!", "'!!!' has no letters"),
        ("Acme=@", "'@' has no letters"),
        ("???", "has no letters"),
        ("Ac\x1bme", "can't be shown"),
        ("Ac\udcffme", "can't be shown"),
        ("A" * 201, "200 characters"),
    ],
)
def test_a_brand_that_could_never_match_or_be_shown_is_refused(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Brand.parse(text)
