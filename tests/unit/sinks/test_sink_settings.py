"""Settings of sinks: what is refused, and how it says so; and the registry."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import asdict

import pytest

from detectors.records import Severity
from sinks import (
    SINKS,
    ConsoleSettings,
    JsonlSettings,
    KafkaSettings,
    Secret,
    SlackSettings,
    build_route,
)

WEBHOOK = Secret("https://hooks.slack.com/services/T0/B0/hushhush")


def test_every_type_is_registered_under_its_own_name() -> None:
    assert set(SINKS) == {"console", "jsonl", "kafka", "slack"}
    assert all(settings.type == name for name, settings in SINKS.items())


def test_a_sink_is_called_by_its_type_unless_it_has_a_name() -> None:
    assert build_route(SlackSettings(webhook_url=WEBHOOK)).sink.name == "slack"
    assert build_route(ConsoleSettings(name="night-shift")).sink.name == "night-shift"


def test_a_route_takes_severity_and_interval_from_the_settings() -> None:
    route = build_route(SlackSettings(webhook_url=WEBHOOK))
    assert (route.min_severity, route.min_interval) == (Severity.ISSUE, 1.0)
    assert build_route(ConsoleSettings()).min_severity is Severity.WATCH


@pytest.mark.parametrize(
    ("make", "mend"),
    [
        (lambda: ConsoleSettings(name="Night Shift"), "name: use up to 40 of a-z"),
        (lambda: ConsoleSettings(min_interval=-1), "min_interval: expected 0 to 60 seconds"),
        (lambda: SlackSettings(webhook_url=Secret("")), "webhook_url: missing; it begins with"),
        (lambda: SlackSettings(webhook_url=Secret("hushhush")), "begins with https://"),
        (lambda: SlackSettings(webhook_url=Secret("http://x.example/hushhush")), "https://"),
        (lambda: SlackSettings(webhook_url=Secret("https://a:hushhush@b.example/")), "user name"),
        (lambda: SlackSettings(webhook_url=Secret("https:///hushhush")), "with a host"),
        (lambda: SlackSettings(webhook_url=Secret("https://x.example:hushhush")), "expected a URL"),
        (lambda: SlackSettings(webhook_url=WEBHOOK, timeout=0), "timeout: expected more than 0"),
        (lambda: KafkaSettings(bootstrap=""), "bootstrap: expected host:port"),
        (lambda: KafkaSettings(bootstrap="user:hushhush@kafka:9092"), "bootstrap: expected"),
        (lambda: KafkaSettings(bootstrap="kafka:9092", topic="crisis alerts"), "topic: use up to"),
        (lambda: KafkaSettings(bootstrap="kafka:9092", timeout=0), "timeout: expected 1 to 60"),
        (lambda: JsonlSettings(path=""), "path: name the file"),
    ],
)
def test_wrong_settings_are_refused_with_the_mend_and_without_the_secret(
    make: Callable[[], object], mend: str
) -> None:
    with pytest.raises(ValueError, match=mend) as refused:
        make()
    assert "hushhush" not in str(refused.value)


@pytest.mark.parametrize(
    "bootstrap", ["localhost:9092", "kafka://a.example:9092", "a:9092, b:9092", "[::1]:9092", "a"]
)
def test_brokers_are_taken_as_people_write_them(bootstrap: str) -> None:
    assert KafkaSettings(bootstrap=bootstrap).bootstrap == bootstrap


def test_a_secret_shows_itself_nowhere() -> None:
    settings = SlackSettings(webhook_url=WEBHOOK)
    shown = f"{WEBHOOK} {WEBHOOK!r} {WEBHOOK!s:>10} {settings} {asdict(settings)} {[WEBHOOK]}"
    assert "hushhush" not in shown
    assert "***" in shown


def test_a_secret_is_its_value_where_it_is_used() -> None:
    assert WEBHOOK.reveal().endswith("hushhush")
    assert deepcopy(WEBHOOK) == WEBHOOK == Secret.of(f" {WEBHOOK.reveal()}\n") == Secret.of(WEBHOOK)
    assert len({WEBHOOK, Secret(WEBHOOK.reveal())}) == 1
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    with pytest.raises(ValueError, match="expected text"):
        Secret.of(5)
