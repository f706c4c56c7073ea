"""Dates as people and tools write them, always as aware datetimes in UTC.

ISO 8601 and RFC 3339 (also with a space before the offset, or ``UTC`` for one), Unix seconds,
milliseconds and microseconds, RFC 2822 as in mail and RSS, and the European ``dd.mm.yyyy
hh:mm[:ss]``. A time without an offset is taken as UTC. Dates with slashes are refused: nobody can
tell 3/4 from 4/3.
"""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_EUROPEAN = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?$")
_NUMBER = re.compile(r"\d{9,16}(\.\d+)?$")
_SPACE_BEFORE_OFFSET = re.compile(r"\s+(?=[+-]\d{2}:?\d{2}$)")
_WORD_FOR_UTC = re.compile(r"\s*(?:UTC|GMT)$")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# From here on a bare number must be milliseconds, and from there on microseconds.
_MILLISECONDS_FROM = 1e11
_MICROSECONDS_FROM = 1e14
_LONGEST = 64


def parse_time(value: object) -> datetime:
    """An aware UTC datetime; raises ValueError that says what was expected."""
    if isinstance(value, datetime):
        return _in_utc(value)
    try:
        if isinstance(value, str):
            return _from_string(value.strip())
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _from_number(float(value))
    except (ValueError, OverflowError):
        shown = repr(value)[:60]
        raise ValueError(f"can't read {shown} as a date; write 2026-11-22T14:05:00Z") from None
    raise ValueError("expected a date like 2026-11-22T14:05:00+01:00")


def _from_string(value: str) -> datetime:
    if len(value) > _LONGEST:  # fromisoformat takes digits without end
        raise ValueError("no date is that long")
    if value[4:5] == "-" and value.endswith("Z"):  # as we write it ourselves: by far the most
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            pass  # what else it may be, is seen below; `suppress` would cost more than all this
    if _NUMBER.match(value):
        return _from_number(float(value))
    if european := _EUROPEAN.match(value):
        day, month, year, *clock = european.groups()
        hour, minute, second = (int(part or 0) for part in clock)
        return datetime(int(year), int(month), int(day), hour, minute, second, tzinfo=UTC)
    try:
        plain = _WORD_FOR_UTC.sub("Z", _SPACE_BEFORE_OFFSET.sub("", value))
        return _in_utc(datetime.fromisoformat(plain))
    except ValueError:
        return _in_utc(parsedate_to_datetime(value))


def _from_number(value: float) -> datetime:
    if value >= _MICROSECONDS_FROM:
        value /= 1e6
    elif value >= _MILLISECONDS_FROM:
        value /= 1e3
    return _EPOCH + timedelta(seconds=value)


def _in_utc(value: datetime) -> datetime:
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def iso(value: datetime) -> str:
    """RFC 3339 in UTC with a Z, to the precision that the time has."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def epoch(value: datetime) -> int:
    """Whole Unix seconds of an aware datetime; a third of what its `timestamp` costs."""
    since = value - _EPOCH
    return since.days * 86_400 + since.seconds


def from_epoch(seconds: float) -> datetime:
    """Unix seconds as an aware datetime."""
    return _EPOCH + timedelta(seconds=seconds)
