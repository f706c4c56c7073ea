"""When it began that rang: told from the counts before the bell."""

from dataclasses import replace
from datetime import timedelta

from detectors.records import Severity, Status, Tally
from detectors.records.times import from_epoch
from listener.onset import Onsets
from tests.unit.detectors.streams import HOUR, MONDAY, bucket
from tests.unit.sinks.fakes import alert, reason

BEGAN = MONDAY + 12 * HOUR
BELL = BEGAN + 600
RANG = replace(
    alert(status=Status.OPENED, severity=Severity.ISSUE, reason=reason(expected=1.0)),
    at=from_epoch(BELL),
)


def told() -> Onsets:
    """A negative mention every quarter of an hour; from `BEGAN` on, one every half minute."""
    onsets = Onsets()
    moments = [*range(MONDAY, BEGAN, 900), *range(BEGAN, BELL + 300, 30)]
    for offset, at in enumerate(moments):
        onsets.said(Tally(RANG.brand, 0, offset, {at: bucket(negative=1)}))
    return onsets


def test_onset_is_where_it_began_to_be_more_than_usual() -> None:
    assert told().onset(RANG) == from_epoch(BEGAN)


def test_every_severity_that_an_incident_reaches_is_timed_once() -> None:
    onsets = told()
    serious = replace(
        RANG, status=Status.ESCALATED, severity=Severity.SERIOUS, at=from_epoch(BELL + 60)
    )
    for one in (RANG, RANG, serious):
        onsets.rang(one)
    assert onsets.delays() == {
        Severity.ISSUE: timedelta(minutes=10),
        Severity.SERIOUS: timedelta(minutes=11),
    }


def test_silence_has_no_onset() -> None:
    onsets = told()
    silent = replace(RANG, reason=reason(signal="silence"))
    onsets.rang(silent)
    assert onsets.onset(silent) is None
    assert onsets.delays() == {}
