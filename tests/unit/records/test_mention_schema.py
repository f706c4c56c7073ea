"""`mention.schema.json` says what `parse_mention` takes and `Mention.to_json` writes."""

import json
from datetime import UTC, datetime
from importlib import resources
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from detectors.records import InvalidRecord, Mention, dumps, loads, parse_mention
from detectors.records.mention import EARLIEST, KINDS

NOW: Final = datetime(2026, 3, 1, tzinfo=UTC)
SCHEMA: Final = json.loads(
    resources.files("detectors.records").joinpath("mention.schema.json").read_text("utf-8")
)
VALIDATOR: Final = Draft202012Validator(SCHEMA)

SURROGATES: Final = st.characters(categories=["Cs"])
ANY_TEXT: Final = st.text(st.one_of(st.characters(), SURROGATES), max_size=60)
JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
TIMES: Final = st.datetimes(datetime(2000, 1, 2), datetime(2026, 2, 28), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants the bounds without a zone
SHORT: Final = st.none() | st.text(max_size=30)
# Everything that the schema allows, as far as it can tell a date and a blank.
BY_THE_SCHEMA: Final = st.fixed_dictionaries(
    {
        "text": ANY_TEXT.map(lambda text: f"{text}a"),
        "published_at": st.one_of(
            TIMES.map(lambda at: at.isoformat()),
            TIMES.map(lambda at: at.isoformat(" ").replace("+00:00", "-11:30")),
            TIMES.map(lambda at: at.timestamp()),
            TIMES.map(lambda at: int(at.timestamp() * 1000)),
        ),
    },
    optional={
        "schema_version": st.integers(1, 100),
        "id": SHORT | st.integers(),
        "source": SHORT,
        "kind": st.none() | st.sampled_from(sorted(KINDS)),
        "author": SHORT,
        "url": SHORT,
        "language": SHORT,
        "reach": st.none() | st.integers(0, 2**53 - 1),
        "is_reply": st.none() | st.booleans(),
        "is_repost": st.none() | st.booleans(),
        "repost_of": SHORT | st.integers(),
        "something_new": JSON,
    },
)
# What is wrong by the schema and for the reader alike.
WRONG: Final[tuple[tuple[str, object], ...]] = (
    ("schema_version", 0),
    ("schema_version", "one"),
    ("schema_version", True),
    ("text", ""),
    ("text", " \t\n\u2003\u0000"),
    ("text", 17),
    ("text", None),
    ("text", ["a"]),
    ("published_at", None),
    ("published_at", "yesterday"),
    ("published_at", "03/04/2025"),
    ("published_at", "2025-13-01T00:00:00Z"),
    ("published_at", "1970-01-01T00:00:00Z"),
    ("published_at", "0001-01-01T00:00:00Z"),
    ("published_at", 5),
    ("published_at", True),
    ("kind", "rumour"),
    ("kind", 1),
    ("author", {"name": "Joke"}),
    ("url", ["https://example.org"]),
    ("id", {"n": 1}),
    ("id", True),
    ("reach", -1),
    ("reach", 1.5),
    ("reach", 2**53),
    ("reach", "many"),
    ("is_reply", "perhaps"),
    ("is_repost", [True]),
    ("repost_of", ["7"]),
)


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_the_schema_names_every_field_of_a_mention_and_no_other() -> None:
    fields = set(Mention.__dataclass_fields__) | {"schema_version"}
    assert set(SCHEMA["properties"]) == fields
    assert set(SCHEMA["properties"]["kind"]["enum"]) == KINDS.keys() | {None}


@settings(max_examples=50, deadline=None)
@given(BY_THE_SCHEMA)
def test_what_the_schema_allows_can_be_read(record: dict[str, object]) -> None:
    VALIDATOR.validate(record)
    mention = parse_mention(record, now=NOW)
    assert mention.published_at >= EARLIEST


@settings(max_examples=50, deadline=None)
@given(BY_THE_SCHEMA)
def test_what_is_written_is_by_the_schema_and_reads_as_the_same(record: dict[str, object]) -> None:
    mention = parse_mention(record, now=NOW, source="forum", kind="forum")
    written = loads(dumps(mention.to_json()))
    VALIDATOR.validate(written)
    assert parse_mention(written, now=NOW) == mention


@pytest.mark.parametrize(("field", "value"), WRONG)
def test_what_the_schema_refuses_is_refused(field: str, value: object) -> None:
    record = {"text": "a", "published_at": "2025-03-04T05:06:07Z", field: value}
    assert not VALIDATOR.is_valid(record)
    with pytest.raises(InvalidRecord):
        parse_mention(record, now=NOW)


@pytest.mark.parametrize("field", ["text", "published_at"])
def test_text_and_date_are_needed(field: str) -> None:
    record = {"text": "a", "published_at": "2025-03-04T05:06:07Z"}
    VALIDATOR.validate(record)
    del record[field]
    assert not VALIDATOR.is_valid(record)
    with pytest.raises(InvalidRecord, match="missing"):
        parse_mention(record, now=NOW)


@settings(max_examples=50, deadline=None)
@given(JSON | st.dictionaries(st.sampled_from(sorted(SCHEMA["properties"])), JSON))
def test_whatever_json_comes_it_is_read_or_refused(record: object) -> None:
    try:
        mention = parse_mention(record, now=NOW)
    except InvalidRecord as refusal:
        assert refusal.code  # noqa: PT017 - either way is right
    else:
        assert mention.text
