"""From the text of a query to its tree, or to an error that points at the place."""

import pytest

from listener.queries.errors import QueryError
from listener.queries.explanation import describe
from listener.queries.parser import MAX_DEPTH, MAX_QUERY, parse_query


def tree(query: str) -> list[str]:
    return list(describe(parse_query(query)))


def error(query: str) -> QueryError:
    with pytest.raises(QueryError) as raised:
        parse_query(query)
    return raised.value


def test_words_side_by_side_are_joined_by_and() -> None:
    assert tree("acme phone") == tree("acme AND phone")
    assert tree("acme phone") == ["all of", "  the word acme", "  the word phone"]


def test_not_needs_no_and_before_it() -> None:
    assert tree("acme NOT juice") == tree("acme AND NOT juice")
    assert tree("acme NOT juice")[-2:] == ["  but not", "    the word juice"]


def test_parentheses_say_what_belongs_together() -> None:
    assert tree('(acme OR "acme phone") AND broken*') == [
        "all of",
        "  any of",
        "    the word acme",
        "    the phrase acme phone",
        "  a word like broken*",
    ]


def test_not_takes_in_no_more_than_what_stands_behind_it() -> None:
    assert tree("a NOT b c") == tree("a AND (NOT b) AND c")


def test_near_binds_before_and_and_or() -> None:
    assert tree("a OR b NEAR/5 c") == tree("a OR (b NEAR/5 c)")
    assert tree("NOT b NEAR/5 c acme") == tree("NOT (b NEAR/5 c) AND acme")


@pytest.mark.parametrize(
    ("query", "line"),
    [
        ('"a b"~5', "a, b: all, with at most 5 other words among them"),
        ("#Fail", "the word #fail"),
        ("@Acme", "the word @acme"),
        ("lang:NL", "the language is nl"),
        ("source:Bluesky", "the source is bluesky"),
        ("author:@Jan", "written by jan"),
        ('author:"Jan Jansen"', "written by jan jansen"),
        ("author:did:plc:abc123", "written by did:plc:abc123"),
        ("site:https://www.Example.com/", "on the site, or one below it: example.com"),
        ("url:example.com/news", "the address holds example.com/news"),
        ("raw:AcMe", "AcMe, written exactly so"),
        ('raw:"Café Fijn"', "Café Fijn, written exactly so"),
        ("https://acme.example/x?id=a,b", "the word https://acme.example/x?id=a,b"),
        ("1,000", "the word 1,000"),
        ('"acme phone*"', "a word like acme phone*"),
        ('"why? no*"', "a word like why? no*"),
        ("https://acme.example/x", "the word https://acme.example/x"),
        ("\u201cacme  phone\u201d", "the phrase acme phone"),
        ('"and"', "the word and"),
        ('"lang:nl"', "the word lang:nl"),
        ("ANDES", "the word andes"),
        ("😡", "the word 😡"),
        ("  acme\n", "the word acme"),
    ],
)
def test_what_stands_between_the_operators(query: str, line: str) -> None:
    assert tree(query) == [line]


@pytest.mark.parametrize(
    ("query", "column", "says"),
    [
        ("acme AND", 6, "nothing stands behind AND"),
        ("OR acme", 1, "nothing stands before OR"),
        ("acme OR OR zork", 9, "OR right behind OR"),
        ("(OR acme)", 2, "nothing stands before OR"),
        ("acme (zork", 6, "never closed"),
        ("((acme) OR zork", 1, "never closed"),
        ("acme)", 5, "closes nothing"),
        ("acme ()", 7, "hold nothing"),
        ("(acme OR)", 9, "nothing stands behind OR"),
        ('acme "phone', 6, "quotation mark is never closed"),
        ("a b OR c", 1, "put parentheses"),
        ("acme OR zork NOT juice", 9, "put parentheses"),
        ("a NEAR/5 b NEAR/5 c", 12, "(a NEAR/5 b) AND (b NEAR/5 c)"),
        ("a NEAR/5 (b c)", 10, "NEAR takes"),
        ("raw:A NEAR/5 b", 1, "NEAR takes"),
        ("a NEAR/101 b", 3, "at most 100 words"),
        (f"a NEAR/{'9' * 5000} b", 3, "at most 100 words"),
        ("a NEAR b", 3, "write NEAR/5"),
        ("a near/5 b", 3, "write NEAR/5"),
        ("acme or zork", 6, "write OR, or quote the word"),
        ("acme, zork", 1, "write OR"),
        ("acme,zork", 1, "write OR"),
        ('"acme* phone"~5', 1, "wild* NEAR/5 card"),
        ("acme \udcff", 6, "isn't Unicode"),
        ("acme -juice", 6, "write NOT juice"),
        ("acme && zork", 6, "no letters"),
        ("acme *", 6, "two letters"),
        ("acme a*", 6, "two letters"),
        ("ab*ab*ab*ab*ab*ab*", 1, "at most 5"),
        ('"acme"~5', 1, "two words or more"),
        ('"bora bora"~5', 1, "each of them once"),
        ('"a b" ~5', 7, "right behind a quotation mark"),
        ("acme phone~5", 6, "right behind a quotation mark"),
        ("lang: nl", 1, "right behind the colon"),
        ("lang:(nl OR en)", 1, "right behind the colon"),
        ("lang:dutch", 1, "ISO 639-1"),
        ("site:example.com/news", 1, "write url:"),
        ('lang:"nl"~5', 1, "~5 goes with words"),
        ("acme title:sale", 6, "no such field as title:"),
        ("NOT acme", 1, "NOT alone"),
        ("acme OR NOT zork", 1, "NOT alone"),
        ("NOT NOT acme", 5, "NOT right behind NOT"),
        ("", 1, "nothing to look for"),
        (" ", 1, "nothing to look for"),
        ('""', 1, "no letters"),
    ],
)
def test_an_error_points_at_the_column_and_names_the_mend(
    query: str, column: int, says: str
) -> None:
    told = error(query)
    assert says in str(told)
    assert str(told).startswith(f"column {column}: ")
    assert "\n" not in str(told)


def test_in_a_query_of_several_lines_an_error_names_the_line() -> None:
    told = error("acme\n  OR OR zork")
    assert str(told).startswith("line 2, column 6: ")
    assert told.pointed() == "  OR OR zork\n     ^"


def test_the_caret_stands_below_the_place_in_a_wide_script_and_in_a_long_query() -> None:
    assert error("三星 OR OR b").pointed() == "三星 OR OR b\n        ^"
    shown, caret = error("acme " * 50 + "&& " + "acme " * 50).pointed(40).split("\n")
    assert len(shown) == 40
    assert shown[len(caret) - 1 :].startswith("&& acme")


def test_an_error_steers_no_terminal() -> None:
    assert all(line.isprintable() for line in error("a \x1b[3m\u202e OR OR").pointed().split("\n"))


def test_parentheses_go_only_so_deep() -> None:
    parse_query("(" * MAX_DEPTH + "acme" + ")" * MAX_DEPTH)
    assert "parentheses within each other" in str(error("(" * 9_000 + "acme" + ")" * 9_000))
    assert "never closed" in str(error("(" * 10_000))


def test_a_query_has_an_end() -> None:
    assert "at most 20000 characters" in str(error("a" * (MAX_QUERY + 1)))
    assert "at most 1000 words" in str(error(" OR ".join(["ab"] * 1_001)))
    parse_query(" OR ".join(f"a{n}" for n in range(1_000)))
