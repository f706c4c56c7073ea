"""What every connector promises to ingest, whatever its source (see `connector_cases`).

A source may bring a mention twice, also again after a restart: it has to bear the same key then.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

import pytest

from detectors.dedupe import Seen
from detectors.records import Mention, Rejection
from listener.connectors import CONNECTORS, Batch, Connector, ConnectorSettings, make_connector
from tests.contracts.connector_cases import CASES, NOW, SAID

PORTION: Final = 1000
"""No connector hands over more than this at once."""


@pytest.fixture(params=CASES)
async def settings(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[ConnectorSettings]:
    async with CASES[request.param](tmp_path) as made:
        yield made


@dataclass
class Brought:
    """All that a connector brought in one go, or in several."""

    batches: list[Batch] = field(default_factory=list)

    @property
    def mentions(self) -> list[Mention]:
        return [mention for batch in self.batches for mention in batch.mentions]

    @property
    def said(self) -> list[tuple[str, datetime]]:
        """What was brought, each once, in order."""
        return [(item.text, item.published_at) for item in Seen().only_new(self.mentions)]

    @property
    def rejections(self) -> list[Rejection]:
        return [rejection for batch in self.batches for rejection in batch.rejections]


async def fetch(
    connector: Connector, into: Brought, cursor: str | None, *, at_most: int = 10_000
) -> str | None:
    """Fetch up to the end, or `at_most` times; gives the cursor to go on with.

    The end is where the connector is done or, for a live one, where the cursor stays as it is.
    """
    for _ in range(at_most):
        before = cursor
        batch = await connector.fetch(cursor, NOW)
        cursor = batch.cursor
        if cursor == before:
            break
        into.batches.append(batch)
        if batch.done:
            break
    return cursor


async def fetch_all(settings: ConnectorSettings) -> Brought:
    brought = Brought()
    connector = make_connector(settings)
    await fetch(connector, brought, None)
    await connector.close()
    return brought


def test_every_connector_has_a_case() -> None:
    assert {name.split("-")[0] for name in CASES} == set(CONNECTORS)


async def test_brings_everything(settings: ConnectorSettings) -> None:
    brought = await fetch_all(settings)
    assert brought.said == [(said.text, said.published_at) for said in SAID]


async def test_what_comes_twice_bears_the_same_key(settings: ConnectorSettings) -> None:
    brought = await fetch_all(settings)
    keys = [mention.key for mention in brought.mentions]
    assert len(SAID) <= len(keys) <= len(SAID) + 1
    assert len(set(keys)) == len(SAID)


async def test_portions_are_bounded(settings: ConnectorSettings) -> None:
    brought = await fetch_all(settings)
    assert len([batch for batch in brought.batches if batch.mentions]) > 1
    for batch in brought.batches:
        assert len(batch.mentions) + len(batch.rejections) <= PORTION


async def test_what_cannot_be_read_is_handed_over_with_place_and_text(
    settings: ConnectorSettings,
) -> None:
    brought = await fetch_all(settings)
    assert len(brought.rejections) == 3
    for rejection in brought.rejections:
        assert rejection.code
        assert rejection.reason
        assert rejection.where
        assert rejection.raw
    assert len({rejection.where for rejection in brought.rejections}) == 3


async def test_goes_on_after_any_portion_as_if_it_had_never_stopped(
    settings: ConnectorSettings,
) -> None:
    whole = await fetch_all(settings)
    for stop in range(1, len(whole.batches)):
        brought = Brought()
        cursor: str | None = None
        for at_most in (stop, 10_000):
            connector = make_connector(settings)
            cursor = await fetch(connector, brought, cursor, at_most=at_most)
            await connector.close()
        assert brought.said == whole.said
        assert {refused.raw for refused in brought.rejections} == {
            refused.raw for refused in whole.rejections
        }


async def test_a_portion_that_was_not_stored_is_brought_again(settings: ConnectorSettings) -> None:
    whole = await fetch_all(settings)
    connector = make_connector(settings)
    brought, again = Brought(), Brought()
    await fetch(connector, brought, None, at_most=2)
    again.batches.append(brought.batches[0])
    await fetch(connector, again, brought.batches[0].cursor)
    await connector.close()
    assert again.said == whole.said


async def test_the_cursor_and_the_watermark_only_go_forward(settings: ConnectorSettings) -> None:
    brought = await fetch_all(settings)
    cursors = [batch.cursor for batch in brought.batches]
    assert len(set(cursors)) == len(cursors)
    watermarks = [batch.watermark for batch in brought.batches if batch.watermark]
    assert watermarks == sorted(watermarks)


async def test_nothing_comes_behind_the_watermark(settings: ConnectorSettings) -> None:
    brought = await fetch_all(settings)
    said = [batch.watermark for batch in brought.batches]
    for number, batch in enumerate(brought.batches[1:], start=1):
        before = said[number - 1]
        assert before is None or all(item.published_at >= before for item in batch.mentions)
    assert said[-1] is None or said[-1] > SAID[-1].published_at


async def test_at_the_end_it_brings_nothing_new(settings: ConnectorSettings) -> None:
    brought = await fetch_all(settings)
    connector = make_connector(settings)
    again = await connector.fetch(brought.batches[-1].cursor, NOW)
    assert {item.key for item in again.mentions} <= {item.key for item in brought.mentions}
    assert again.done == brought.batches[-1].done
    assert not again.done or again.mentions == ()
    await connector.close()


async def test_closes_in_time_whenever_it_is_asked_to(settings: ConnectorSettings) -> None:
    for fetches in (0, 1, 2):
        connector = make_connector(settings)
        await fetch(connector, Brought(), None, at_most=fetches)
        async with asyncio.timeout(5):
            await connector.close()
            await connector.close()


async def test_bears_the_name_of_its_settings(settings: ConnectorSettings) -> None:
    assert make_connector(settings).name == settings.name
