"""Loading a configuration, with nothing of it in the environment."""

import os
from pathlib import Path

import pytest
import yaml

from listener.settings import Settings, load_settings
from tests.unit.listener.configurations import Load


@pytest.fixture
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("LISTENER_", "SLACK_")):
            monkeypatch.delenv(name)


@pytest.fixture
def load(tmp_path: Path, bare_environment: None) -> Load:
    """Loads a configuration that is given as YAML text or as values."""
    path = tmp_path / "listener.yaml"

    def _load(content: str | dict[str, object], *changes: str) -> Settings:
        text = content if isinstance(content, str) else yaml.safe_dump(content)
        path.write_text(text, "utf-8")
        return load_settings(path, changes=changes)

    return _load
