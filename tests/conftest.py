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

_missing = pytest.StashKey[str]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever asks for a broker is marked `kafka`, so that `-m 'not kafka'` leaves all out."""
    for item in items:
        if {"kafka", "idle_broker", "kafka_java"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("kafka")


@pytest.fixture(scope="session")
def kafka(pytestconfig: pytest.Config) -> Iterator[str]:
    """The bootstrap address of a real broker that all tests share: use topics of your own."""
    given = os.environ.get("KAFKA_BOOTSTRAP")
    if given:
        await_broker(given.split(",")[0], seconds=30)
        yield given
        return
    with _or_skip(pytestconfig, new_broker) as broker:
        yield broker.bootstrap


@pytest.fixture
def idle_broker(pytestconfig: pytest.Config) -> Iterator[Broker]:
    """A broker of the test's own that is not started yet."""
    broker = _or_skip(pytestconfig, new_broker)
    yield broker
    broker.close()


@pytest.fixture
def kafka_broker(idle_broker: Broker) -> Broker:
    """A running broker of the test's own, to kill, pause and restart."""
    idle_broker.start()
    return idle_broker


@pytest.fixture(scope="session")
def kafka_java(pytestconfig: pytest.Config) -> list[str]:
    """The command that runs one of Kafka's own Java programs, without its name."""

    def command() -> list[str]:
        return [java(), "-Xmx512m", "-cp", f"{jars()}/*"]

    return _or_skip(pytestconfig, command)


def _or_skip(config: pytest.Config, make: Callable[[], _T]) -> _T:
    try:
        return make()
    except KafkaUnavailable as missing:
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(f"CI needs a real Kafka: {missing}", pytrace=False)
        config.stash[_missing] = str(missing)
        pytest.skip("no Apache Kafka here")


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say aloud that tests were left out, and what would bring them back."""
    missing = config.stash.get(_missing, None)
    if missing is not None:
        terminalreporter.section("KAFKA TESTS SKIPPED", sep="!", red=True, bold=True)
        terminalreporter.line(missing, red=True)
