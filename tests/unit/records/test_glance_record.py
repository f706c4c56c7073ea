"""A glance on the wire: what is not of one piece is refused."""

import pytest

from detectors.records import Glance, InvalidRecord, dumps, loads
from tests.unit.detectors.made_glances import glance
from tests.unit.detectors.streams import MONDAY

GLANCE = glance([(3, 1), (2, 0)], at=MONDAY, scale=2.5, alarming=1)


def wire(**changes: object) -> object:
    return loads(dumps({**GLANCE.to_json(), **changes}))


def test_a_glance_goes_both_ways() -> None:
    assert Glance.from_json(wire()).to_json() == GLANCE.to_json()


def test_what_the_next_version_adds_is_ignored() -> None:
    assert Glance.from_json(wire(confidence=0.9)).to_json() == GLANCE.to_json()


@pytest.mark.parametrize(
    "changes",
    [
        {"brand": None},
        {"partition": -1},
        {"taken_at": "soon"},
        {"begin": MONDAY, "end": MONDAY},
        {"begin": MONDAY - 86_400},
        {"begin": MONDAY + 3300, "end": MONDAY + 3600},
        {"behind": -60},
        {"scale": 0.5},
        {"scale": 1e9},
        {"scale": "many"},
        {"places": [[1, 0]]},
        {"places": [[-3, 0], [8, 2]]},
        {"places": [[5, 2, 7]]},
        {"places": [[3, 1], [2, 1], *[[0, 0]] * 99]},
        {"places": None},
        {"writers": [1]},
        {"writers": ["a", "b", "c", "d", "e"]},
        {"writers": [[]] * 5},
        {"bucket": None},
        {"bucket": {**GLANCE.bucket.to_json(), "counts": [4, 5, 0, 0, 0, 0, 0, 2, 0]}},
        {"bucket": {**GLANCE.bucket.to_json(), "counts": [6, 5, 0, 0, -9, 0, 0, 2, 0]}},
        {"bucket": {**GLANCE.bucket.to_json(), "counts": [10**7, 5, 0, 0, 0, 0, 0, 2, 0]}},
    ],
    ids=repr,
)
def test_what_contradicts_itself_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(InvalidRecord):
        Glance.from_json(wire(**changes))


@pytest.mark.parametrize("value", [None, [], 7, "glance", {}])
def test_what_is_no_glance_is_refused(value: object) -> None:
    with pytest.raises(InvalidRecord):
        Glance.from_json(value)
