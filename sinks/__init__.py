"""Sinks: where alerts are delivered to, and the publisher that delivers them.

A new sink is one file with its settings and its class, and one line in `SinkSettings`.
"""

from typing import Final, TypeAlias, get_args

from sinks.console import ConsoleSettings
from sinks.hooks import DeadLetter, Observer, OnSettled
from sinks.jsonl import JsonlSettings
from sinks.kafka import KafkaSettings
from sinks.publisher import Publisher
from sinks.retry import RetryPolicy
from sinks.route import Route
from sinks.secret import Secret
from sinks.sink import DeliveryError, Outcome, Sink
from sinks.slack import SlackSettings

SinkSettings: TypeAlias = (
    ConsoleSettings  # prints
    | JsonlSettings  # appends to a file
    | KafkaSettings  # sends to a topic
    | SlackSettings  # posts to an incoming webhook
)
"""The settings of any sink, told apart by their `type`; `build` makes the sink."""

SINKS: Final[dict[str, type[SinkSettings]]] = {
    settings.type: settings for settings in get_args(SinkSettings)
}


def build_route(settings: SinkSettings) -> Route:
    """The sink with what it is to hear of.

    Raises ValueError where the settings don't fit this machine, with a text that says the mend.
    """
    return Route(settings.build(), settings.min_severity, settings.min_interval)


__all__ = [
    "SINKS",
    "ConsoleSettings",
    "DeadLetter",
    "DeliveryError",
    "JsonlSettings",
    "KafkaSettings",
    "Observer",
    "OnSettled",
    "Outcome",
    "Publisher",
    "RetryPolicy",
    "Route",
    "Secret",
    "Sink",
    "SinkSettings",
    "SlackSettings",
    "build_route",
]
