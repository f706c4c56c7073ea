"""JSON from an outside world, and the typed reading of its fields."""

import math

import pytest

from detectors.records import InvalidRecord, dumps, loads
from detectors.records.codec import (
    as_list,
    as_object,
    numbers,
    read_count,
    read_flag,
    read_number,
    read_text,
    require_count,
    require_text,
)

# orjson reads a thousand levels, of which Python can show rather fewer: both sides of each limit.
DEPTHS = (100, 900, 1000, 1015, 1023, 1030, 10_000)


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"{'text': 'a'}",
        b'{"text": "a"',
        b'{"text": "a"} {"text": "b"}',
        b'{"text": "a\x00b"}',
        b'{"text": "a\nb", "other": "\\ud83d"}',
        b"NaN",
        b'{"text": "\\ud83d", "reach": NaN}',
        b'{"reach": 1e999}',
        b'{"text": "\\ud83d", "reach": ' + b"9" * 5000 + b"}",
        b"\xff\xfe{\x00}\x00",
        nested(10_000).encode(),
        b'{"text": "\\ud83d", "deep": ' + nested(10_000).encode() + b"}",
    ],
)
def test_what_is_not_json_is_one_kind_of_refusal(data: bytes) -> None:
    with pytest.raises(InvalidRecord, match="not JSON") as refusal:
        loads(data)
    assert refusal.value.code == "not_json"
    assert len(str(refusal.value)) < 250


def test_a_lone_surrogate_is_read() -> None:
    assert loads(b'{"text": "a\\ud83db"}') == {"text": "a\ud83db"}


def test_bytes_that_are_not_utf_8_become_replacement_characters() -> None:
    assert loads(b'{"text": "caf\xe9"}') == {"text": "caf\ufffd"}


def test_a_record_goes_both_ways() -> None:
    record = {"text": "één 🚀\u2028", "reach": 2**53 - 1, "nested": {"a": [1, 2.5, None, True]}}
    assert loads(dumps(record)) == record


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("reader", [read_text, read_count, read_flag, read_number])
def test_a_field_that_is_nested_deeply_is_refused(depth: int, reader: object) -> None:
    assert callable(reader)
    try:
        record = loads(f'{{"field": {nested(depth)}}}')
    except InvalidRecord as refusal:
        assert refusal.code == "not_json"  # noqa: PT017 - so deep that it isn't even read
        return
    with pytest.raises(InvalidRecord, match="field: expected"):
        reader(record, "field")


@pytest.mark.parametrize(
    ("value", "text"),
    [("a", "a"), ("", None), (None, None), (17, "17"), (1.5, "1.5"), (" ", " ")],
)
def test_a_text_may_be_a_number(value: object, text: str | None) -> None:
    assert read_text({"field": value}, "field") == text


def test_what_is_absent_is_none_unless_it_is_needed() -> None:
    assert read_text({}, "field") is None
    assert read_count({}, "field") is None
    assert read_flag({}, "field") is False
    for needed in (require_text, require_count):
        with pytest.raises(InvalidRecord, match="field: missing"):
            needed({}, "field")


@pytest.mark.parametrize(
    ("value", "count"),
    [(0, 0), (12, 12), (12.0, 12), ("12", 12), ("12.0", 12), (" 12 ", 12), ("", None)],
)
def test_a_count_may_be_written_as_text(value: object, count: int | None) -> None:
    assert read_count({"field": value}, "field") == count


@pytest.mark.parametrize(
    "value",
    [-1, 1.5, "1.5", "many", "1e3", True, 2**53, "9" * 5000, math.inf, math.nan, "9.0" + "9" * 400],
)
def test_what_is_no_count_is_refused(value: object) -> None:
    with pytest.raises(InvalidRecord, match="field: expected a whole number") as refusal:
        read_count({"field": value}, "field")
    assert len(str(refusal.value)) < 150


@pytest.mark.parametrize(
    ("value", "flag"),
    [(value, True) for value in (True, "True", "yes", 1, " 1 ")]
    + [(value, False) for value in (False, "false", "NO", 0, "", None)],
)
def test_a_flag_has_many_spellings(value: object, flag: bool) -> None:
    assert read_flag({"field": value}, "field") is flag


@pytest.mark.parametrize("value", ["maybe", 2, 1.5, [], {}, "x" * 10_000])
def test_what_is_no_flag_is_refused(value: object) -> None:
    with pytest.raises(InvalidRecord, match="expected true or false") as refusal:
        read_flag({"field": value}, "field")
    assert len(str(refusal.value)) < 150


@pytest.mark.parametrize(("value", "name"), [(None, "null"), (True, "a boolean"), ([], "a list")])
def test_an_object_is_asked_for_by_name(value: object, name: str) -> None:
    with pytest.raises(InvalidRecord, match=f"line: expected a JSON object, got {name}"):
        as_object(value, "line")


def test_lists_of_numbers_are_read_whole_or_not_at_all() -> None:
    assert numbers([1, 2.5]) == [1.0, 2.5]
    assert as_list([], "list") == []
    for wrong in ([1, "2"], [1, math.nan], [1, math.inf], {"a": 1}, "12"):
        with pytest.raises(InvalidRecord):
            numbers(wrong)
    with pytest.raises(InvalidRecord, match="expected 2 numbers, got 3"):
        numbers([1, 2, 3], 2)
