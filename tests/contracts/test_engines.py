"""What every engine does with the same mentions: exactly what the pure pipeline does.

Real processes, as an operator runs them, on the recording of the demo with every tenth line
played twice.
"""

import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.oracle import Expected, distinct, expect
from tests.faults.system import System
from tests.faults.waiting import wait_for

BRAND = ("Zilvernet", ("Zilvernet", "@zilvernet", "@zilvernetcare"))
RECORDING = Path(__file__).parents[2] / "listener" / "demo" / "recording.jsonl"

NewSystem = Callable[..., System]


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lines = RECORDING.read_text("utf-8").splitlines()
    path = tmp_path_factory.mktemp("recording") / "with-repeats.jsonl"
    path.write_text("\n".join([*lines, *lines[::10]]), "utf-8")
    return path


@pytest.fixture(scope="module")
def expected() -> Expected:
    without_repeats = expect(RECORDING, BRAND)
    assert without_repeats.alerts, "the demo's recording should ring"
    return without_repeats


@pytest.fixture(params=["embedded", pytest.param("kafka", marks=pytest.mark.kafka)])
def new_system(request: pytest.FixtureRequest, tmp_path: Path, recording: Path) -> NewSystem:
    bootstrap = request.getfixturevalue("kafka") if request.param == "kafka" else None
    prefix = f"engines-{uuid.uuid4().hex[:8]}."

    def make(*, partitions: int = 1, speed: float = 0) -> System:
        return System(
            tmp_path,
            recording,
            BRAND,
            bootstrap=bootstrap,
            prefix=prefix,
            partitions=partitions,
            speed=speed,
        )

    return make


def test_the_alerts_are_those_of_a_backtest_field_by_field_and_a_second_start_adds_none(
    new_system: NewSystem, expected: Expected
) -> None:
    system = new_system(partitions=4)
    system.run()
    assert system.delivered() == expected.alerts
    system.run()
    assert system.delivered() == expected.alerts


def test_stopped_in_the_middle_and_started_again_nothing_is_lost_or_told_anew(
    new_system: NewSystem, expected: Expected
) -> None:
    # As fast that the outage, three days in, is under way after a few seconds.
    system = new_system(partitions=2, speed=30_000)
    with system.start("run") as listener:
        wait_for(lambda: bool(system.delivered()) or not listener.running)
        assert listener.stop() == 0, listener.log
    stopped = system.delivered()
    assert 0 < len(stopped) < len(expected.alerts), "it was to be stopped in the middle"
    new_system(partitions=2).run()
    assert distinct(system.delivered()) == expected.alerts
    assert system.delivered()[: len(stopped)] == stopped
