"""On every engine: a mention counts once, whoever brings it again and when."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.contracts.memory_engines import Embedded, Engine, Kafka, an_outage

NewEngine = Callable[[], Engine]


@pytest.fixture(params=[Embedded, Kafka])
def new_engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> NewEngine:
    return lambda: request.param(tmp_path_factory.mktemp("engine"))


async def test_a_second_connector_and_a_restart_add_nothing(new_engine: NewEngine) -> None:
    once, twice = new_engine(), new_engine()
    portions = an_outage()
    await once.feed(portions)
    half = len(portions) // 2
    await twice.feed(portions[:half])
    # After a restart another connector brings all of it again, with links of its own.
    others = [
        replace(
            portion,
            connector="other",
            mentions=[
                replace(mention, url="https://other.example") for mention in portion.mentions
            ],
        )
        for portion in portions
    ]
    await twice.feed(
        [
            *others[:half],
            *(one for two in zip(portions[half:], others[half:], strict=True) for one in two),
        ]
    )
    assert twice.alerts() == once.alerts()
    assert twice.state() == once.state()
