"""Dates as people and tools write them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.records.times import from_epoch, iso, parse_time

NOON = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "2026-01-15T12:00:00Z",
        "2026-01-15T12:00:00.000000+00:00",
        "2026-01-15 12:00:00",
        "2026-01-15 13:00:00+01:00",
        "2026-01-15 13:00:00 +0100",
        "2026-01-15 04:00:00 -0800",
        "2026-01-15 12:00:00 UTC",
        "2026-01-15T12:00:00 GMT",
        "  2026-01-15T12:00Z  ",
        "20260115T120000Z",
        "15.01.2026 12:00",
        "15.1.2026 12:00:00",
        "15.01.2026T12:00:00",
        "Thu, 15 Jan 2026 13:00:00 +0100",
        "Thu, 15 Jan 2026 12:00:00 GMT",
        "Thu Jan 15 12:00:00 +0000 2026",
        1768478400,
        1768478400.0,
        1768478400000,
        1768478400000000,
        "1768478400",
        "1768478400.000",
        "1768478400000",
        datetime(2026, 1, 15, 14, 0, tzinfo=timezone(timedelta(hours=2))),
        datetime(2026, 1, 15, 12, 0),  # noqa: DTZ001 - without an offset it is UTC
    ],
)
def test_noon_however_it_is_written(written: object) -> None:
    parsed = parse_time(written)
    assert parsed == NOON
    assert parsed.tzinfo is UTC


@pytest.mark.parametrize("written", ["2026-01-15", "15.01.2026", "2026-W03-4"])
def test_a_day_without_a_time_begins_at_midnight(written: str) -> None:
    assert parse_time(written) == NOON - timedelta(hours=12)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "yesterday",
        "3/4/2025",
        "04-03-2025",
        "2025-13-01",
        "2025-02-30T10:00:00Z",
        "31.02.2025",
        "2025-01-01T25:00:00Z",
        "2025-01-01T00:00:00+25:00",
        "0001-01-01T00:00:00+01:00",
        "99999999999999999999",
        "1" * 5000,
        1e300,
        -1e300,
        float("nan"),
        float("inf"),
        True,
        None,
        [],
        {},
    ],
)
def test_what_is_no_date_is_refused_with_an_example(written: object) -> None:
    with pytest.raises(ValueError, match="2026-11-22T14:05:00") as refusal:
        parse_time(written)
    assert len(str(refusal.value)) < 150


@settings(max_examples=50, deadline=None)
@given(st.datetimes(timezones=st.timezones()))
def test_what_iso_writes_reads_as_the_same_moment(moment: datetime) -> None:
    try:
        written = iso(moment)
    except OverflowError:  # a zone moves the first or last day of the calendar beyond its end
        return
    assert written.endswith("Z")
    assert parse_time(written) == moment.astimezone(UTC)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 4_000_000_000))
def test_unix_seconds_go_both_ways(seconds: int) -> None:
    assert from_epoch(seconds).timestamp() == seconds
