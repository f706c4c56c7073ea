"""JSON in and out, and typed reading of its fields.

`loads` takes what an outside world may send: lone surrogates (which orjson refuses), NaN,
nesting thousands deep. Whatever it can't read becomes one `InvalidRecord`.
"""

import json
import math
import re
from collections.abc import Mapping
from datetime import datetime
from itertools import chain
from typing import TypeGuard

import orjson

from detectors.records.times import iso, parse_time

MAX_INTEGER = 2**53 - 1
_NUMERIC = frozenset({int, float})
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class InvalidRecord(ValueError):
    """A record that can't be read.

    `code` is a short fixed word, fit for a metric's label; the text names the field, says what
    was expected, and never repeats more than a little of the offending value.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def loads(data: bytes | str) -> object:
    """Decode one JSON document; raises `InvalidRecord` with the code ``not_json``."""
    try:
        value: object = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        return _loads_leniently(data, error)
    return value


def _loads_leniently(data: bytes | str, first: ValueError) -> object:
    """Lone surrogates are common in scraped text, and only the standard library takes them."""
    if isinstance(data, bytes):
        data = data.decode("utf-8", errors="replace")
    if "\\ud" not in data.lower() and not _LONE_SURROGATE.search(data) and "\ufffd" not in data:
        raise InvalidRecord("not_json", f"not JSON: {first}") from None
    try:
        value: object = json.loads(data, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise InvalidRecord("not_json", f"not JSON: {error}") from None
    return value


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def dumps(value: object) -> bytes:
    """Encode a record's JSON form, compactly; the strings must be free of lone surrogates."""
    return orjson.dumps(value)


def is_object(value: object) -> TypeGuard[Mapping[str, object]]:
    """JSON's objects have string keys only, so a dict that came from `loads` is one."""
    return isinstance(value, dict)


def as_object(value: object, what: str) -> Mapping[str, object]:
    if not is_object(value):
        raise InvalidRecord("not_an_object", f"{what}: expected a JSON object, got {kind(value)}")
    return value


def as_list(value: object, what: str) -> list[object]:
    if not isinstance(value, list):
        raise InvalidRecord("bad_field", f"{what}: expected a list, got {kind(value)}")
    return value


def numbers(value: object, length: int | None = None) -> list[float]:
    """A list of finite numbers, of `length` where that is given."""
    items = as_list(value, "numbers")
    if not _NUMERIC.issuperset(map(type, items)):
        raise InvalidRecord("bad_field", "expected a list of numbers")
    try:
        found = list(map(float, items))  # type: ignore[arg-type]  # numbers by now
    except OverflowError:
        raise InvalidRecord("bad_field", "expected numbers that are not so large") from None
    if not all(map(math.isfinite, found)):
        raise InvalidRecord("bad_field", "expected a list of numbers")
    if length is not None and len(found) != length:
        raise InvalidRecord("bad_field", f"expected {length} numbers, got {len(found)}")
    return found


def number_rows(value: object, length: int) -> list[list[float]]:
    """A list of lists of `length` finite numbers: all looked at together, which is quicker."""
    rows = as_list(value, "rows of numbers")
    if not {list}.issuperset(map(type, rows)) or not {length}.issuperset(map(len, rows)):  # type: ignore[arg-type]  # lists by now
        raise InvalidRecord("bad_field", f"expected lists of {length} numbers")
    flat = numbers([*chain.from_iterable(rows)])  # type: ignore[arg-type]  # lists by now
    return [flat[at : at + length] for at in range(0, len(flat), length)]


def whole_numbers(value: object) -> list[int]:
    """A list of whole numbers from 0 up."""
    items = as_list(value, "whole numbers")
    if not {int}.issuperset(map(type, items)):
        raise InvalidRecord("bad_field", "expected a list of whole numbers")
    found: list[int] = items  # type: ignore[assignment]  # whole numbers by now
    if found and not 0 <= min(found) <= max(found) <= MAX_INTEGER:
        raise InvalidRecord("bad_field", "expected a list of whole numbers from 0 up")
    return found


def read_text(record: Mapping[str, object], field: str) -> str | None:
    """A string field; numbers are taken as their digits, blank and null as absent."""
    value = record.get(field)
    if isinstance(value, str):
        return value or None
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise InvalidRecord("bad_field", f"{field}: expected a string, got {kind(value)}")


def read_count(record: Mapping[str, object], field: str) -> int | None:
    """A whole number from 0 up; digits in a string (as CSV gives them) count as a number."""
    value = record.get(field)
    if type(value) is int and 0 <= value <= MAX_INTEGER:  # by far the most
        return value
    if value is None or value == "":
        return None
    if isinstance(value, str):
        shown = value[:40]
        try:
            value = float(value) if "." in value else int(value)
        except ValueError:
            raise InvalidRecord(
                "bad_field", f"{field}: expected a whole number, got {shown!r}"
            ) from None
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_INTEGER:
        raise InvalidRecord("bad_field", f"{field}: expected a whole number from 0 up")
    return value


def read_flag(record: Mapping[str, object], field: str) -> bool:
    """A boolean; absent is false, and CSV's usual words are understood."""
    value = record.get(field)
    if isinstance(value, bool):
        return value
    if value is None or value == "":
        return False
    if not isinstance(value, str | int | float):
        raise InvalidRecord("bad_field", f"{field}: expected true or false, got {kind(value)}")
    word = str(value).strip().lower()
    if word in {"true", "1", "yes"}:
        return True
    if word in {"false", "0", "no"}:
        return False
    raise InvalidRecord("bad_field", f"{field}: expected true or false, got {word[:40]!r}")


def read_number(record: Mapping[str, object], field: str) -> float:
    value = record.get(field)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidRecord("bad_field", f"{field}: expected a number, got {kind(value)}")
    return float(value)


def read_time(record: Mapping[str, object], field: str) -> datetime:
    """A date with time; raises `InvalidRecord` (``missing_date``, ``bad_date``)."""
    value = record.get(field)
    if value is None or value == "":
        raise InvalidRecord("missing_date", f"{field}: missing")
    try:
        return parse_time(value)
    except ValueError as error:
        raise InvalidRecord("bad_date", f"{field}: {error}") from None


def require_text(record: Mapping[str, object], field: str) -> str:
    value = read_text(record, field)
    if value is None:
        raise InvalidRecord("missing_field", f"{field}: missing")
    return value


def require_count(record: Mapping[str, object], field: str) -> int:
    value = read_count(record, field)
    if value is None:
        raise InvalidRecord("missing_field", f"{field}: missing")
    return value


def kind(value: object) -> str:
    """What JSON calls the type of a value, for error texts."""
    names = {type(None): "null", bool: "a boolean", str: "a string", list: "a list"}
    return names.get(type(value), "an object" if isinstance(value, dict) else "a number")


__all__ = [
    "InvalidRecord",
    "as_list",
    "as_object",
    "dumps",
    "iso",
    "loads",
    "number_rows",
    "numbers",
    "read_count",
    "read_flag",
    "read_number",
    "read_text",
    "read_time",
    "require_count",
    "require_text",
    "whole_numbers",
]
