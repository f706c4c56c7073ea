"""The broker goes away while the service runs."""

from pathlib import Path

from tests.faults.oracle import Expected, counted, distinct, expect
from tests.faults.recording import BRAND, make_recording
from tests.faults.system import SECONDS, System
from tests.faults.waiting import wait_for
from tests.kafka.broker import Broker


def recording(directory: Path) -> tuple[Path, Expected]:
    path = directory / "recording.jsonl"
    make_recording(path, seed=7, mentions=600)
    return path, expect(path, BRAND)


def test_readyz_tells_that_the_broker_is_away_and_it_goes_on_by_itself(
    kafka_broker: Broker, tmp_path: Path, unused_tcp_port: int
) -> None:
    path, expected = recording(tmp_path)
    system = System(
        tmp_path,
        path,
        BRAND,
        bootstrap=kafka_broker.bootstrap,
        partitions=2,
        speed=20_000,
        port=unused_tcp_port,
    )
    with system.start("run") as listener:
        wait_for(lambda: not system.why_not_ready() or not listener.running)
        kafka_broker.stop()
        wait_for(lambda: "broker" in system.why_not_ready() or not listener.running)
        assert listener.running, listener.log
        kafka_broker.start()
        wait_for(lambda: not system.why_not_ready() or not listener.running)
        wait_for(lambda: len(distinct(system.delivered())) >= len(expected.alerts))
        assert listener.stop(SECONDS) == 0, listener.log
    assert counted(system) == expected.totals
    assert distinct(system.delivered()) == expected.alerts


def test_without_a_broker_sigterm_still_ends_it_and_the_next_start_goes_on(
    kafka_broker: Broker, tmp_path: Path
) -> None:
    path, expected = recording(tmp_path)

    def system(speed: float) -> System:
        bootstrap = kafka_broker.bootstrap
        return System(tmp_path, path, BRAND, bootstrap=bootstrap, partitions=2, speed=speed)

    with system(5_000).start("run") as listener:
        wait_for(lambda: "partitions assigned" in listener.log or not listener.running)
        kafka_broker.stop()
        assert listener.running, listener.log
        # It would wait for the broker for as long as that takes.
        assert listener.stop(SECONDS) == 0, listener.log
    kafka_broker.start()
    system(0).run()
    assert distinct(system(0).delivered()) == expected.alerts
