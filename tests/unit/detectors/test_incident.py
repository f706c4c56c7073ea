"""One incident from the first bell to all clear: up at once, down slowly."""

import pytest

from detectors.incident import Incident
from detectors.records import InvalidRecord, Severity, Status
from detectors.settings import DetectionSettings

SETTINGS = DetectionSettings()
T = 1_760_400_000
MINUTE = 60


def opened(severity: Severity = Severity.ISSUE) -> Incident:
    return Incident.open("Acme", severity, T)


def test_escalates_at_once() -> None:
    incident = opened(Severity.WATCH)
    assert incident.advance(Severity.SERIOUS, T + 10, SETTINGS) is Status.ESCALATED
    assert (incident.severity, incident.peak) == (Severity.SERIOUS, Severity.SERIOUS)


def test_short_lull_changes_nothing() -> None:
    incident = opened()
    for at in range(T + 10, T + 14 * MINUTE, 10):
        assert incident.advance(None, at, SETTINGS) is None
    assert incident.advance(Severity.ISSUE, T + 14 * MINUTE, SETTINGS) is None
    assert incident.advance(None, T + 15 * MINUTE, SETTINGS) is None
    assert incident.severity is Severity.ISSUE


def test_falls_only_as_far_as_the_worst_of_the_calmer_while() -> None:
    incident = opened(Severity.CRISIS)
    incident.advance(None, T + 10, SETTINGS)
    incident.advance(Severity.ISSUE, T + 20, SETTINGS)
    incident.advance(None, T + 30, SETTINGS)
    assert incident.advance(None, T + 10 + 15 * MINUTE, SETTINGS) is Status.DE_ESCALATED
    assert (incident.severity, incident.peak) == (Severity.ISSUE, Severity.CRISIS)


def test_calm_of_half_an_hour_resolves() -> None:
    incident = opened()
    changes = {at: incident.advance(None, at, SETTINGS) for at in range(T, T + 1810, 10)}
    assert {at - T: change for at, change in changes.items() if change} == {
        15 * MINUTE: Status.DE_ESCALATED,
        30 * MINUTE: Status.RESOLVED,
    }


def test_serious_incident_is_told_again_every_hour() -> None:
    incident = opened(Severity.SERIOUS)
    changes = [
        incident.advance(Severity.SERIOUS, at, SETTINGS) for at in range(T + 10, T + 7300, 10)
    ]
    assert [change for change in changes if change] == [Status.UPDATED, Status.UPDATED]


def test_ids_follow_from_brand_and_time_alone() -> None:
    one, other = opened(), opened(Severity.CRISIS)
    assert one.incident_id == other.incident_id
    assert [one.next_alert_id(), one.next_alert_id()] == [
        f"{one.incident_id}-1",
        f"{one.incident_id}-2",
    ]
    assert Incident.open("Ajax", Severity.ISSUE, T).incident_id != one.incident_id


def test_restored_incident_goes_on() -> None:
    incident = opened(Severity.SERIOUS)
    incident.next_alert_id()
    incident.advance(Severity.WATCH, T + 10, SETTINGS)
    assert Incident.from_json(incident.to_json()) == incident


@pytest.mark.parametrize("change", [{"severity": "grave"}, {"opened_at": "noon"}, {"brand": None}])
def test_refuses_what_is_no_incident(change: dict[str, object]) -> None:
    with pytest.raises(InvalidRecord):
        Incident.from_json({**opened().to_json(), **change})
