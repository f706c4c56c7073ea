"""Which mentions a query matches."""

from datetime import UTC, datetime

import pytest

from detectors.records import Mention
from listener.brands import Brand
from listener.queries.evaluation import holds
from listener.queries.matcher import QueryMatcher
from listener.queries.parser import parse_query
from listener.queries.reading import Reading


def said(text: str, **about: str) -> Mention:
    when = datetime(2026, 1, 15, tzinfo=UTC)
    return Mention(id="1", text=text, published_at=when, **about)  # type: ignore[arg-type]  # by name


def matches(query: str, mention: Mention) -> bool:
    """By itself and by the automaton: always the same."""
    alone = holds(parse_query(query), Reading.of(mention))
    assert bool(QueryMatcher([Brand("B", query=query)]).match(mention)) == alone
    return alone


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("acme zork", "zork and Acme"),
        ("acme OR zork", "only zork"),
        ("acme NOT juice", "acme phone"),
        ("acme (phone OR tv)", "my acme TV"),
        ('"acme phone"', "an ACME\n phone"),
        ("storing*", "weer storingen"),
        ("storing*", "een storing!"),
        ("*bank", "de zilverbank"),
        ("kle*k", "kleverig kleurvlak"),
        ("organi?e", "we organise it"),
        ("#acme*", "what an #acmefail"),
        ("a*me*fail", "#acmetotalfail"),
        ('"acme phone*"', "twee Acme  phones"),
        ('"acme * phone"', "my acme old phone"),
        ('"acme*phone"', "an acmephone"),
        ('"why? no*"', "why? nothing"),
        ("(NOT (NOT acme))", "acme"),
        ("(" * 50 + "acme" + " zork) OR b)" * 25, "acme zork zork"),
        ("a NEAR/2 b", "b x y a"),
        ("a NEAR/0 b", "a b"),
        ("a NEAR/2f b", "a x y b"),
        ('(a OR "c d") NEAR/1 (b OR storing*)', "storingen, c d"),
        ('visa NEAR/3 "visa card"', "visa or visa card"),
        ('"a b c"~2', "c x a y b"),
        ('"a b"~0', "b a"),
        ('"a b"~1', "a x x x x b x a"),
        ("raw:ACT", "we must ACT"),
        ("raw:Café", "Cafe\u0301 Fijn"),
        ('raw:"Act Up"', "the Act  Up"),
        ("raw:C++", "in C++ or c++"),
        ("cafe", "het CAFÉ"),
        ("Café", "het cafe"),
        ("straße", "STRASSE"),
        ("ijs", "Ĳs"),
        ("smorrebrod", "Smørrebrød"),
        ("Łódź", "lodz"),
        ("İstanbul", "istanbul"),
        ("Ёлка", "елка"),
        ("שלום", "שָׁלוֹם"),
        ("محمد", "مُحَمَّد"),
        ("हिन्दी", "हिन्दी!"),
        ("zilver", "zil\u00adver"),
        ("zil\u200bver", "zilver"),
        ("it's", "it\u2019s"),
        ("t-mobile", "T\u2011Mobile"),
        ("天", "今天很好"),
        ("乐天", "去乐天买"),
        ("ソニー", "新しいソニー製品"),
        ("삼성", "삼성이"),
        ("ไทย", "การบินไทยดี"),
        ("sony", "新sony製"),
        ("😡", "bah😡😡"),
        ("❤", "zo ❤\ufe0f"),
        ("👍", "👍🏽"),
        ('"😡"', "😡"),
        ("👨‍👩‍👧", "ons 👨‍👩‍👧"),
    ],
)
def test_matches(query: str, text: str) -> None:
    assert matches(query, said(text))


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("acme zork", "only zork"),
        ("acme NOT juice", "acme juice"),
        ("acme NOT (juice OR cider)", "acme cider"),
        ('"acme phone"', "phone acme"),
        ("storing*", "bestoring"),
        ("*bank", "banken"),
        ("kle*k", "kleverig vlak"),
        ("organi?e", "organie"),
        ("bank*", "bank" + "a" * 60),
        ("a NEAR/2 b", "a x y z b"),
        ("a NEAR/2f b", "b a"),
        ('visa NEAR/3 "visa card"', "a visa card"),
        ("a NEAR/5 a", "a"),
        ('"a b c"~1', "c x a y b"),
        ('"a b"~3', "a"),
        ("raw:ACT", "we act"),
        ("raw:ACT", "act and ACTION"),
        ("raw:Café", "Cafe"),
        ("raw:C++", "in C"),
        ("हिन", "हिन्दी"),
        ("か", "が"),
        ("하", "한국"),
        ("sony", "sonyx"),
        ("#fail", "fail"),
    ],
)
def test_does_not_match(query: str, text: str) -> None:
    assert not matches(query, said(text))


@pytest.mark.parametrize(
    ("query", "about", "is_match"),
    [
        ("lang:nl", {"language": "nl"}, True),
        ("lang:nl", {"language": "nl-BE"}, True),
        ("lang:nl", {"language": "en"}, False),
        ("lang:nl", {}, False),
        ("source:bluesky", {"source": "bluesky"}, True),
        ("source:bluesky", {"source": "bluesky2"}, False),
        ("author:jan", {"author": "@Jan"}, True),
        ("author:@jan", {"author": "jan"}, True),
        ("author:jan", {"author": "janny"}, False),
        ("author:jan", {}, False),
        ("site:example.com", {"url": "https://www.Example.com/news"}, True),
        ("site:example.com", {"url": "https://example.com:8443/"}, True),
        ("site:example.com", {"url": "https://notexample.com/"}, False),
        ("site:example.com", {"url": "https://x.org/example.com"}, False),
        ("site:example.com", {"url": "https://[broken"}, False),
        ("site:example.com", {}, False),
        ("url:example.com/news", {"url": "https://example.com/news/1"}, True),
        ("url:example.com/news", {"url": "https://example.com/sport"}, False),
        ("lang:nl NOT acme", {"language": "nl"}, False),
        ("acme NOT author:jan", {"author": "jan"}, False),
        ("acme NOT author:jan", {"author": "piet"}, True),
    ],
)
def test_what_is_known_beside_the_text(query: str, about: dict[str, str], is_match: bool) -> None:
    assert matches(query, said("acme", **about)) == is_match


def test_the_language_can_be_the_one_that_is_identified() -> None:
    asked: list[Mention] = []

    def identify(mention: Mention) -> str:
        asked.append(mention)
        return "nl"

    matcher = QueryMatcher([Brand("A", query="acme lang:nl"), Brand("B", query="acme")], identify)
    assert matcher.match(said("zork")) == []
    assert asked == []
    assert matcher.match(said("acme", language="en")) == ["A", "B"]
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("own", "author", "counts"),
    [
        ("@acme", "acme", False),
        ("acme", "@Acme", False),
        ("acme.bsky.social", "acme.bsky.social", False),
        ("did:plc:abc", "did:plc:abc", False),
        ("@acme@mastodon.example", "acme@mastodon.example", False),
        ("@acme", "acme@elsewhere.example", True),
        ("@acme", "acmefan", True),
    ],
)
def test_what_the_brands_own_accounts_write_is_not_counted(
    own: str, author: str, counts: bool
) -> None:
    matcher = QueryMatcher([Brand("Acme", own_accounts=(own,)), Brand("Zork", ("acme",))])
    assert matcher.match(said("acme", author=author)) == ["Acme"] * counts + ["Zork"]
    assert matcher.match(said("acme")) == ["Acme", "Zork"]


def test_terms_and_a_query_stand_beside_each_other() -> None:
    matcher = QueryMatcher([Brand("Acme", ("@acme",), query="acme phone")])
    assert matcher.match(said("hi @acme")) == ["Acme"]
    assert matcher.match(said("my acme phone")) == ["Acme"]
    assert matcher.match(said("acme")) == []


def test_a_brand_with_a_query_is_not_listened_for_by_its_name() -> None:
    assert QueryMatcher([Brand("Acme", query="zork")]).match(said("acme")) == []


def test_a_query_without_any_word_is_asked_of_every_mention() -> None:
    matcher = QueryMatcher([Brand("Shop", query="source:shop-reviews NOT test")])
    assert matcher.match(said("too late", source="shop-reviews")) == ["Shop"]
    assert matcher.match(said("a test", source="shop-reviews")) == []


@pytest.mark.parametrize(
    ("query", "text", "left"),
    [
        ("united NOT manchester", "United is late", "is late"),
        ("(acme OR @acme) AND (awful OR bad)", "@acme is awful", "is awful"),
        ("acme NEAR/5 awful", "acme is awful", "is awful"),
        ("lang:nl acme", "acme is slecht", "is slecht"),
        ("(NOT lang:nl) acme", "acme is bad", "is bad"),
        ('"best buy"~3', "buy the best", "the"),
        ("raw:GREAT", "GREAT is closed", "is closed"),
        ("super*", "supermarkt is dicht", "is dicht"),
        ("Café", "CAFE\u0301 is dicht, cafe ook", "is dicht, ook"),
        ("好", "你好吗", "你 吗"),
    ],
)
def test_only_what_names_the_brand_is_taken_out(query: str, text: str, left: str) -> None:
    matcher = QueryMatcher([Brand("B", query=query)])
    assert matcher.without_names(text, ["B"]).split() == left.split()
