"""An inbound webhook's settings: what is unsafe or makes no sense is refused with the mend."""

import base64
import re

import pytest

from listener.connectors.webhook import WebhookSettings
from listener.connectors.webhook.fields import look_up
from sinks.secret import Secret

GOOD = Secret("sixteen characters or more")
WHSEC = "whsec_" + base64.b64encode(bytes(24)).decode()


def settings(**values: object) -> WebhookSettings:
    return WebhookSettings(type="webhook", **values)  # type: ignore[arg-type] # of many types


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({}, "secret: missing; set one that the sender shares, or auth: none on loopback"),
        ({"secret": Secret("short")}, "secret: expected at least 16 characters"),
        ({"auth": "hmac", "secret": Secret("short")}, "secret: expected at least 16"),
        ({"auth": "standard-webhooks", "secret": Secret("whsec_%%%")}, "secret: expected whsec_"),
        ({"auth": "standard-webhooks", "secret": Secret("whsec_é")}, "secret: expected whsec_"),
        ({"auth": "standard-webhooks", "secret": Secret("whsec_QUJD")}, "at least 16 bytes"),
        ({"auth": "none", "host": "0.0.0.0"}, "auth: none is for a loopback address only"),  # noqa: S104 - refused
        ({"auth": "none", "host": "example.com"}, "auth: none is for a loopback address only"),
        ({"verify_token": Secret("x")}, "verify_token: belongs to auth: hmac"),
        ({"secret": GOOD, "header": "X Hub"}, "header: expected the name of a header"),
        ({"port": 0}, "port: expected"),
        ({"path": "mentions"}, "path: expected a path such as /mentions"),
        ({"path": "/mentions?x=1"}, "path: expected a path such as /mentions"),
        ({"items": "data..mentions"}, "items: expected a path"),
        ({"map": {"body": "text"}}, "map: no such field: 'body'; there are id, text, "),
        ({"map": {"text": ""}}, "map: text: expected a path"),
        ({"tolerance": 0}, "tolerance: expected"),
        ({"max_body": 10**9}, "max_body: expected"),
        ({"max_waiting": 0}, "max_waiting: expected"),
        ({"timeout": float("nan")}, "timeout: expected"),
    ],
)
def test_what_is_wrong_is_told(values: dict[str, object], told: str) -> None:
    secret = {} if not values or "auth" in values else {"secret": GOOD}
    with pytest.raises(ValueError, match=re.escape(told)) as caught:
        settings(**secret | values)
    assert GOOD.reveal() not in str(caught.value)


@pytest.mark.parametrize(
    "values",
    [
        {"secret": GOOD, "host": "0.0.0.0"},  # noqa: S104 - with a secret it may be
        {"auth": "none", "host": "localhost"},
        {"auth": "none", "host": "::1"},
        {"auth": "hmac", "secret": GOOD, "verify_token": Secret("x"), "header": "X-Signature"},
        {"auth": "standard-webhooks", "secret": Secret(WHSEC)},
        {"auth": "none", "map": {"deleted": "gone", "author": "by.name"}, "items": "data.list"},
    ],
)
def test_what_is_right_is_taken_and_shows_no_secret(values: dict[str, object]) -> None:
    made = settings(**values)
    assert GOOD.reveal() not in repr(made)
    assert WHSEC not in repr(made)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a", {"b": [{"c": 1}]}),
        ("a.b.0.c", 1),
        ("x.y", "itself"),
        ("a.b.1.c", None),
        ("a.b.c", None),
        ("a.b.0.c.d", None),
        ("nothing", None),
        ("a.b.²", None),
    ],
)
def test_a_path_leads_to_what_stands_there(path: str, found: object) -> None:
    assert look_up({"a": {"b": [{"c": 1}]}, "x.y": "itself"}, path) == found
