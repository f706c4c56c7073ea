"""Pieces of configurations, and what is said against one."""

from collections.abc import Callable

import pytest

from listener.errors import UsageError
from listener.settings import Settings

SECRET = "s3cr3t-T0ken"
REPLAY = {"type": "replay", "path": "m.jsonl"}
WEBHOOK = {"type": "webhook", "secret": "a-secret-for-tests"}
SLACK = {"type": "slack", "webhook_url": "https://hooks.slack.com/services/T/B/x"}
JSONL = {"type": "jsonl", "path": "alerts.jsonl"}

Load = Callable[..., Settings]
"""Loads YAML text or values, with changes like `lateness=3`."""


def with_brand(**values: object) -> dict[str, object]:
    return {"brands": [{"name": "Acme"}], **values}


def refusal(load: Load, content: str | dict[str, object], *changes: str) -> str:
    with pytest.raises(UsageError) as caught:
        load(content, *changes)
    text = str(caught.value)
    assert "\n" not in text
    return text
