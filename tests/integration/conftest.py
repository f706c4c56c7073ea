"""What integration tests of several connectors share."""

from collections.abc import AsyncIterator

import pytest

from tests.integration.webhook_bench import Bench, bench


@pytest.fixture
def short_fetches(monkeypatch: pytest.MonkeyPatch) -> None:
    """A live source that has no more to say is waited for no longer than needed."""
    for name in ("jetstream", "mastodon"):
        monkeypatch.setattr(f"listener.connectors.{name}.connector.LONGEST_FETCH", 0.25)


@pytest.fixture
async def pushed() -> AsyncIterator[Bench]:
    """A webhook that asks for a token."""
    async with bench() as made:
        yield made
