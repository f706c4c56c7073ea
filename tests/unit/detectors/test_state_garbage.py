"""A stored state that is not as it was written is refused, or harmless: never a crash later."""

import random
from typing import Final

import pytest

from detectors.brand_state import BrandState
from detectors.detector import Detector
from detectors.records import InvalidRecord, Progress, Tally, dumps, loads
from detectors.records.times import from_epoch
from detectors.settings import DetectionSettings
from tests.unit.detectors.streams import BRAND, DAY, HOUR, MINUTE, MONDAY, Stream, bucket

SETTINGS = DetectionSettings()
GARBAGE: Final[tuple[object, ...]] = (
    None,
    True,
    -1,
    0,
    7,
    10**15,
    -0.5,
    1e300,
    "",
    "x",
    [],
    [1],
    {},
    {"x": 1},
)


@pytest.fixture(scope="module")
def stored() -> bytes:
    stream = Stream.with_a_past()
    stream.say(10 * MINUTE, every=10, negative=1)
    stream.fold({stream.now + 20: bucket(negative=1, alarming=1, at=stream.now + 20)})
    return dumps(stream.detector.states[BRAND].to_json())


def spoilt(stored: bytes, chance: random.Random) -> object:
    """The state with one value somewhere in it replaced, left out, or there twice."""
    state = place = loads(stored)
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))  # type: ignore[arg-type]
        key = chance.choice(keys)
        inner = place[key]  # type: ignore[index]
        if not isinstance(inner, dict | list) or not inner or chance.random() < 0.2:
            break
        place = inner
    what = chance.randrange(8)
    if what == 0:
        del place[key]  # type: ignore[attr-defined]
    elif what == 1 and isinstance(place, list):
        place.insert(key, inner)
    else:
        place[key] = chance.choice(GARBAGE)  # type: ignore[index]
    return state


@pytest.mark.parametrize("seed", range(4))
def test_garbage_is_refused_or_harmless(stored: bytes, seed: int) -> None:
    chance = random.Random(seed)
    now = MONDAY + 3 * DAY + 10 * MINUTE
    refused = 0
    for _ in range(25):
        try:
            state = BrandState.from_json(spoilt(stored, chance), SETTINGS.windows)
        except InvalidRecord:
            refused += 1
            continue
        detector = Detector([state.brand], SETTINGS)
        detector.restore(state)
        detector.fold(Tally(state.brand, 0, 10**6, {now + 60: bucket(negative=3, at=now + 60)}))
        detector.advance(Progress(0, from_epoch(now + HOUR)))
        dumps(state.to_json())
    assert refused
