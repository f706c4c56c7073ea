"""Alerts on the wire."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from detectors.records import (
    Alert,
    Estimate,
    InvalidRecord,
    Reason,
    Sample,
    Severity,
    Status,
    dumps,
    loads,
)
from detectors.records.severity import rank

AT = datetime(2026, 1, 15, 12, 0, 10, tzinfo=UTC)
REASON = Reason(
    signal="negative",
    observed=31,
    expected=3.5,
    ratio=8.857,
    chance=1e-12,
    window_seconds=900,
    mentions=40,
    negative=31,
    usual_share=0.21,
    learning=False,
    sources={"forum/tweakers": [12, 9]},
    languages={"nl": 30, "en": 10},
    words=["internet", "storing"],
)
ALERT = Alert(
    alert_id="a1-2",
    incident_id="a1",
    brand="Acme",
    severity=Severity.SERIOUS,
    status=Status.ESCALATED,
    at=AT,
    opened_at=AT - timedelta(minutes=5),
    previous=Severity.WATCH,
    peak=Severity.SERIOUS,
    reason=REASON,
    posts=(Sample("1", "tweakers", "forum", "geen internet", AT, compound=-0.6, reach=7),),
)


@pytest.mark.parametrize(
    "alert",
    [
        ALERT,
        replace(ALERT, status=Status.OPENED, previous=None, posts=()),
        replace(ALERT, reason=replace(REASON, estimate=Estimate(212, 840))),
        replace(ALERT, reason=replace(REASON, estimate=Estimate(212, 840, confirmed=False))),
    ],
)
def test_an_alert_goes_both_ways(alert: Alert) -> None:
    assert Alert.from_json(loads(dumps(alert.to_json()))) == alert


def test_what_was_counted_is_written_as_before_there_were_estimates() -> None:
    assert "estimate" not in REASON.to_json()


def test_the_wire_form_holds_what_others_build_on() -> None:
    record = ALERT.to_json()
    assert record["at"] == "2026-01-15T12:00:10Z"
    assert (record["severity"], record["status"]) == ("serious", "escalated")
    assert {"alert_id", "incident_id", "brand", "opened_at", "reason", "posts"} < set(record)
    reason = record["reason"]
    assert isinstance(reason, dict)
    assert {"observed", "expected", "ratio", "window_seconds"} < set(reason)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("alert_id", None),
        ("brand", ""),
        ("severity", "awful"),
        ("status", "forgotten"),
        ("at", "soon"),
        ("opened_at", None),
        ("previous", "awful"),
        ("peak", None),
        ("reason", None),
        ("reason", {"signal": "negative"}),
        ("posts", {}),
        ("posts", ["text"]),
    ],
)
def test_an_alert_that_makes_no_sense_is_refused(field: str, value: object) -> None:
    with pytest.raises(InvalidRecord):
        Alert.from_json(ALERT.to_json() | {field: value})


def test_severities_rise_from_watch_to_crisis() -> None:
    assert [severity.rank for severity in Severity] == [1, 2, 3, 4]
    assert rank(None) == 0
    assert Severity.CRISIS.at_least(Severity.ISSUE)
    assert Severity.ISSUE.at_least(Severity.ISSUE)
    assert not Severity.WATCH.at_least(Severity.ISSUE)
