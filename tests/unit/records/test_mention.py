"""Reading a mention: what is mended, what is refused, and what makes it the same one again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from detectors.records import MAX_TEXT, InvalidRecord, Mention, loads, parse_mention
from detectors.records.mention import FUTURE_TOLERANCE, MAX_FIELD

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)


def parse(**fields: object) -> Mention:
    record = {"text": "geen internet", "published_at": "2026-01-15T11:00:00Z", **fields}
    return parse_mention(record, now=NOW)


def refusal(**fields: object) -> InvalidRecord:
    with pytest.raises(InvalidRecord) as caught:
        parse(**fields)
    return caught.value


def test_only_a_text_and_a_date_are_needed() -> None:
    mention = parse()
    assert mention.text == "geen internet"
    assert mention.published_at == NOW - timedelta(hours=1)
    assert (mention.source, mention.kind, mention.reach) == ("unknown", "other", None)
    assert (mention.is_reply, mention.is_repost) == (False, False)


def test_what_names_its_original_is_a_repost() -> None:
    mention = parse(repost_of="41")
    assert (mention.is_repost, mention.repost_of) == (True, "41")
    assert parse().repost_of is None


def test_source_and_kind_are_filled_in_where_the_record_names_none() -> None:
    record = {"text": "a", "published_at": "2026-01-15T11:00:00Z"}
    filled = parse_mention(record, now=NOW, source="bluesky", kind="microblog")
    assert (filled.source, filled.kind) == ("bluesky", "microblog")
    own = parse_mention(
        record | {"source": "Tweakers", "kind": "forum"}, now=NOW, source="bluesky", kind="news"
    )
    assert (own.source, own.kind) == ("tweakers", "forum")


def test_all_fields_are_taken() -> None:
    mention = parse(
        id=7,
        source="Mastodon",
        kind="microblog",
        author="joke",
        url="https://social.example/7",
        language="nl-BE",
        reach="12",
        is_reply="yes",
        is_repost=0,
        schema_version=2,
        something_of_a_later_version={"a": [1]},
    )
    assert mention == Mention(
        id="7",
        text="geen internet",
        published_at=NOW - timedelta(hours=1),
        source="mastodon",
        kind="microblog",
        author="joke",
        url="https://social.example/7",
        language="nl-BE",
        reach=12,
        is_reply=True,
    )


@pytest.mark.parametrize(
    ("fields", "code", "says"),
    [
        ({"text": None}, "missing_text", "text: missing"),
        ({"text": ""}, "empty_text", "text: empty"),
        ({"text": " \n\t\u00a0"}, "empty_text", "text: empty"),
        ({"text": "\x00\x07"}, "empty_text", "text: empty"),
        ({"text": 17}, "bad_field", "text: expected a string"),
        ({"published_at": None}, "missing_date", "published_at: missing"),
        ({"published_at": ""}, "missing_date", "published_at: missing"),
        ({"published_at": "gisteren"}, "bad_date", "published_at: can't read 'gisteren'"),
        ({"published_at": "0001-01-01T00:00:00Z"}, "bad_date", "is before 2000"),
        ({"published_at": "1970-01-01T00:00:00Z"}, "bad_date", "is before 2000"),
        ({"published_at": "2026-01-15T12:06:00Z"}, "future_date", "is in the future"),
        ({"published_at": "9999-12-31T23:59:59Z"}, "future_date", "is in the future"),
        ({"kind": "gossip"}, "bad_field", "kind: expected one of forum, microblog"),
        ({"reach": "many"}, "bad_field", "reach: expected a whole number"),
        ({"author": ["joke"]}, "bad_field", "author: expected a string, got a list"),
        ({"is_reply": "perhaps"}, "bad_field", "is_reply: expected true or false"),
        ({"schema_version": 0}, "unknown_schema", "schema_version"),
        ({"schema_version": "1"}, "unknown_schema", "schema_version"),
    ],
)
def test_a_refusal_has_a_code_and_names_the_field(
    fields: dict[str, object], code: str, says: str
) -> None:
    error = refusal(**fields)
    assert error.code == code
    assert says in str(error)


@pytest.mark.parametrize("value", ["mention", 7, None, ["text"]])
def test_only_an_object_is_a_mention(value: object) -> None:
    with pytest.raises(InvalidRecord) as caught:
        parse_mention(value, now=NOW)
    assert caught.value.code == "not_an_object"


def test_the_clock_of_a_source_may_run_ahead_a_little() -> None:
    assert parse(published_at=(NOW + FUTURE_TOLERANCE).isoformat()).published_at > NOW


def test_a_text_that_is_far_too_long_is_cut() -> None:
    assert parse(text="a" * 100_000).text == "a" * MAX_TEXT
    assert parse(author="b" * 100_000).author == "b" * MAX_FIELD


def test_control_characters_and_halves_of_characters_are_mended() -> None:
    assert parse(text="a\x00b\x1b[31mc").text == "a b [31mc"
    assert parse(text="weg\ud83d kwijt").text == "weg\ufffd kwijt"
    assert parse(text="\ud83d\ude00").text == "😀"
    assert parse(author="jo\x00ke\udc00").author == "jo ke\ufffd"


@pytest.mark.parametrize("name", ["author", "url", "language", "id"])
def test_a_field_of_blanks_is_absent(name: str) -> None:
    blank = parse(**{name: " \x00 "})
    assert blank == parse()


def test_a_name_of_a_source_that_grows_in_lower_case_stays_within_its_bounds() -> None:
    mention = parse(source="\u0130" * MAX_FIELD)  # each becomes two characters
    assert len(mention.source) == MAX_FIELD
    assert parse_mention(mention.to_json(), now=NOW).key == mention.key


def test_without_an_id_it_is_told_by_source_author_time_and_text() -> None:
    ids = {
        parse().id,
        parse(author="joke").id,
        parse(source="forum").id,
        parse(text="wel internet").id,
        parse(published_at="2026-01-15T11:00:01Z").id,
    }
    assert len(ids) == 5
    assert parse(published_at="2026-01-15T12:00:00+01:00", reach=7, url="x").id == parse().id


def test_the_same_id_on_another_platform_is_another_mention() -> None:
    assert parse(id="1", source="forum").key != parse(id="1", source="bluesky").key
    assert parse(id="1", source="forum").key == parse(id="1", source="FORUM", text="edited").key


def test_what_is_unknown_is_left_out_of_the_wire_form() -> None:
    assert set(parse().to_json()) == {
        "schema_version",
        "id",
        "text",
        "published_at",
        "source",
        "kind",
    }
    known = replace(parse(), reach=0, is_repost=True).to_json()
    assert (known["reach"], known["is_repost"]) == (0, True)


@pytest.mark.parametrize("depth", [10, 1000, 1015, 1020])
def test_an_unknown_field_may_be_nested_deeply(depth: int) -> None:
    line = (
        '{"text": "a", "published_at": "2026-01-15T11:00:00Z", "x": '
        + "[" * depth
        + "]" * depth
        + "}"
    )
    assert parse_mention(loads(line), now=NOW).text == "a"
