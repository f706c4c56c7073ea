"""All brands at once give exactly what each query gives alone, whatever is asked and said."""

import re
from datetime import UTC, datetime

from hypothesis import example, given
from hypothesis import strategies as st

from detectors.records import Mention
from listener.brands import Brand
from listener.queries.errors import QueryError
from listener.queries.evaluation import holds
from listener.queries.explanation import describe, findings
from listener.queries.folding import fold, fold_aligned, span_as_written
from listener.queries.matcher import QueryMatcher
from listener.queries.parser import parse_query
from listener.queries.reading import Reading

WHEN = datetime(2026, 1, 15, tzinfo=UTC)
# Few letters, so that what is asked is often there; some fold, compose, or stand in for others.
PIECES = [*"Aé-'@#天がか\u3099한ß😡\u0301\u200bﬁ", *["a", "b", "ab"] * 4, *[" ", " a ", " ab "] * 4]
TEXTS = st.lists(st.sampled_from(PIECES), min_size=8, max_size=20).map("".join)
ANY_TEXT = TEXTS | st.text(max_size=20)
WORDS = st.sampled_from(
    ["ab", "a", "b", "@a", "#ab", "ba", "ab-a", "é", "天", "か", "が", "하", "😡", "ss", "fi"]
)
PHRASES = st.tuples(WORDS, WORDS).map(" ".join)
LEAVES = st.one_of(
    WORDS,
    PHRASES.map('"{}"'.format),
    st.sampled_from(["ab*", "*ab", "a*ab", "ab?", "@ab*", "?ab*b", "天*"]),
    st.sampled_from(['"a b"~1', '"a b ab"~3', '"b 天"~0']),
    st.sampled_from(["raw:A", "raw:aB", "raw:é", 'raw:"a A"']),
    st.sampled_from(["lang:nl", "author:ab", "source:x", "site:a.b", "url:a"]),
)
NEAR_SIDES = WORDS | st.tuples(WORDS, WORDS).map("({0[0]} OR {0[1]})".format)
NEAR = st.builds(
    "{} NEAR/{}{} {}".format, NEAR_SIDES, st.integers(0, 3), st.sampled_from("f "), NEAR_SIDES
)
QUERIES = st.recursive(
    LEAVES | NEAR,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=4).map(lambda parts: f"({' OR '.join(parts)})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' '.join(parts)})"),
        st.tuples(inner, inner).map("({0[0]} NOT {0[1]})".format),
        inner.map("(NOT {})".format),
    ),
    max_leaves=6,
)
MENTIONS = st.builds(
    Mention,
    id=st.just("1"),
    text=TEXTS,
    published_at=st.just(WHEN),
    source=st.sampled_from("xy"),
    author=st.none() | st.sampled_from(["ab", "@AB", "zork"]),
    url=st.none() | st.sampled_from(["https://a.b/", "http://c.d/a", "a"]),
    language=st.none() | st.sampled_from(["nl", "en"]),
)


def complaint(query: str) -> QueryError | None:
    try:
        parse_query(query)
    except QueryError as error:
        return error
    return None


def is_query(text: str) -> bool:
    return complaint(text) is None


@given(
    st.lists(QUERIES.filter(is_query), min_size=1, max_size=6),
    st.lists(MENTIONS, min_size=2, max_size=4),
)
def test_all_brands_at_once_match_as_each_query_alone(
    queries: list[str], mentions: list[Mention]
) -> None:
    brands = [Brand(f"B{n}", query=query) for n, query in enumerate(queries)]
    matcher = QueryMatcher(brands)
    for mention in mentions:
        alone = [brand.name for brand in brands if holds(brand.tree, Reading.of(mention))]
        assert matcher.match(mention) == alone


@given(st.lists(WORDS | PHRASES, min_size=1, max_size=5, unique=True), MENTIONS)
def test_terms_are_a_query_of_quoted_words(terms: list[str], mention: Mention) -> None:
    quoted = " OR ".join(f'"{term}"' for term in terms)
    (as_terms, as_query) = Brand("B", tuple(terms)), Brand("B", query=quoted)
    matcher = QueryMatcher([as_terms])
    assert matcher.match(mention) == QueryMatcher([as_query]).match(mention)


@given(QUERIES.filter(is_query), MENTIONS)
def test_what_is_found_stands_at_its_place(query: str, mention: Mention) -> None:
    tree, reading = parse_query(query), Reading.of(mention)
    for finding in findings(tree, reading) if holds(tree, reading) else ():
        for start, end in finding.places:
            assert 0 <= start < end <= len(mention.text)
            assert not mention.text[end - 1].isspace()
        if re.fullmatch(r"[@#]?\w+", finding.part) and finding.places:
            start, end = finding.places[0]
            assert fold(mention.text[start:end]).startswith(fold(finding.part))


@given(st.text() | st.text('ab"()~*?:/-, ANDORTEx\n', max_size=40))
def test_whatever_is_typed_is_a_query_or_an_error_with_a_place(text: str) -> None:
    error = complaint(text)
    if error is None:
        assert list(describe(parse_query(text)))
    else:
        assert error.column >= 1
        assert len(error.pointed().split("\n")) == 2


@example("\u0345\u0301a")
@given(ANY_TEXT)
def test_folding_again_changes_nothing_and_keeps_the_places(text: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded
    aligned, places = fold_aligned(text)
    assert aligned == folded
    assert len(places) == len(folded) + 1
    assert list(places) == sorted(places)
    for place in range(len(folded)):
        start, end = span_as_written(places, (place, place + 1))
        assert start < end


def test_every_character_folds_for_good() -> None:
    for code in range(0x2FFFF):
        character = chr(code)
        if not 0xD800 <= code < 0xE000:
            assert fold(fold(character)) == fold(character)


def letters(text: str) -> str:
    return fold(text).replace(" ", "")


@given(TEXTS, st.lists(WORDS | PHRASES, min_size=1, max_size=4, unique=True))
def test_without_its_names_a_text_speaks_of_them_no_more(text: str, terms: list[str]) -> None:
    matcher = QueryMatcher([Brand(term) for term in terms])
    names = matcher.match(Mention(id="1", text=text, published_at=WHEN))
    left = matcher.without_names(text, names)
    if names:
        assert len(letters(left)) < len(letters(text))
    else:
        assert letters(left) == letters(text)
