"""What integration tests of several connectors share."""

import pytest


@pytest.fixture
def short_fetches(monkeypatch: pytest.MonkeyPatch) -> None:
    """A live source that has no more to say is waited for no longer than needed."""
    for name in ("jetstream", "mastodon"):
        monkeypatch.setattr(f"listener.connectors.{name}.connector.LONGEST_FETCH", 0.25)
