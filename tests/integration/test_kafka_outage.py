"""The broker goes away while the service runs."""

from pathlib import Path

from tests.faults.oracle import distinct, expect
from tests.faults.recording import BRAND, make_recording
from tests.faults.system import SECONDS, System
from tests.faults.waiting import wait_for
from tests.kafka.broker import Broker


def test_without_a_broker_sigterm_still_ends_it_and_the_next_start_goes_on(
    kafka_broker: Broker, tmp_path: Path
) -> None:
    path = tmp_path / "recording.jsonl"
    make_recording(path, seed=7, mentions=600)
    expected = expect(path, BRAND)

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
