"""What all tests share: a real Apache Kafka, and hypothesis's patience with slow machines."""

import os
from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, settings

from tests.kafka.artifacts import KafkaUnavailable, jars, java
from tests.kafka.broker import Broker
from tests.kafka.choose import new_broker
from tests.kafka.ready import await_broker

_T = TypeVar("_T")
# A slow machine fails no test. CI tries the same examples each time: what it finds is the change's.
_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
settings.register_profile("patient", deadline=None, suppress_health_check=_SLOW)
settings.register_profile("ci", settings.get_profile("patient"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI", "").lower() == "true" else "patient")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever asks for a broker is marked `kafka`, so that `-m 'not kafka'` leaves all out."""
    for item in items:
        if {"kafka", "idle_broker", "kafka_java"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("kafka")


@pytest.fixture(scope="session")
def kafka() -> Iterator[str]:
    """The bootstrap address of a real broker that all tests share: use topics of your own."""
    given = os.environ.get("KAFKA_BOOTSTRAP")
    if given:
        await_broker(given.split(",")[0], seconds=30)
        yield given
        return
    with _or_skip(new_broker) as broker:
        yield broker.bootstrap


@pytest.fixture
def idle_broker() -> Iterator[Broker]:
    """A broker of the test's own that is not started yet."""
    broker = _or_skip(new_broker)
    yield broker
    broker.close()


@pytest.fixture
def kafka_broker(idle_broker: Broker) -> Broker:
    """A running broker of the test's own, to kill, pause and restart."""
    idle_broker.start()
    return idle_broker


@pytest.fixture(scope="session")
def kafka_java() -> list[str]:
    """The command that runs one of Kafka's own Java programs, without its name."""

    def command() -> list[str]:
        return [java(), "-Xmx512m", "-cp", f"{jars()}/*"]

    return _or_skip(command)


def _or_skip(make: Callable[[], _T]) -> _T:
    try:
        return make()
    except KafkaUnavailable as missing:
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(f"CI needs a real Kafka: {missing}", pytrace=False)
        pytest.skip(f"no Apache Kafka here: {missing}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say aloud that tests were left out, and what would bring them back."""
    for what in ("Apache Kafka", "Prometheus"):
        told = f"no {what} here: "
        reasons = {
            str(report.longrepr[2]).partition(told)[2]
            for report in terminalreporter.stats.get("skipped", [])
            if isinstance(report.longrepr, tuple) and told in report.longrepr[2]
        }
        if reasons:
            title = f"{what.upper()} TESTS SKIPPED"
            terminalreporter.section(title, sep="!", red=True, bold=True)
            for reason in sorted(reasons):
                terminalreporter.line(reason, red=True)
