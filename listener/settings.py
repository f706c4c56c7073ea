"""The configuration: a YAML file, overruled by the environment, refused with the place and mend.

``LISTENER_BROKER``, ``LISTENER_DATA_DIR``, ``LISTENER_METRICS__PORT`` and so on overrule the file.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final, Literal

import yaml
from pydantic import AfterValidator, Field, PrivateAttr, ValidationError
from pydantic.dataclasses import dataclass
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from detectors.alarm import DEFAULT_TERMS
from detectors.language import DEFAULT_LANGUAGES
from detectors.settings import DetectionSettings
from listener.brands import Brand
from listener.config_errors import ENV_DELIMITER, ENV_PREFIX, explain
from listener.config_file import expanded, from_environment, read_config
from listener.connectors import ConnectorSettings
from listener.errors import UsageError
from listener.lexicons import read_lexicons
from listener.pipeline import PipelineSettings
from listener.source_health import SourceSettings
from sinks import Secret, SinkSettings, SlackSettings
from sinks.brokers import OPEN, BrokerAccess, Brokers
from sinks.retry import RetryPolicy

SLACK_VARIABLE: Final = "SLACK_WEBHOOK_URL"


@dataclass(frozen=True, config={"extra": "forbid"})
class MetricsSettings:
    """Where `/metrics`, `/healthz` and `/readyz` are served; port 0: nowhere."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 9108


@dataclass(frozen=True, config={"extra": "forbid"})
class KafkaSettings:
    """How the topics are made, the group that the workers form, and how all log in.

    A worker that is `early_warning_after` seconds behind looks for early warnings.
    """

    partitions: Annotated[int, Field(ge=1, le=1000)] = 4
    replication: Annotated[int, Field(ge=1, le=10)] = 1
    prefix: Annotated[str, Field(pattern=r"^[a-zA-Z0-9._-]*$")] = ""
    group: Annotated[str, Field(pattern=r"^[a-zA-Z0-9._-]+$")] = "listener"
    access: BrokerAccess = OPEN
    early_warning_after: Annotated[float, Field(ge=1, le=86_400)] = 60.0


def _language(code: str) -> str:
    if not re.fullmatch("[a-z]{2,3}", code):
        raise ValueError("expected a code like nl or en, in lower case (ISO 639-1)")
    return code


def _alarm_term(term: str) -> str:
    if not re.search(r"\w", term):  # a blank one would be found in every text
        raise ValueError("a term needs letters or digits to match")
    return term


def _not_empty(languages: tuple[str, ...]) -> tuple[str, ...]:
    if not languages:
        raise ValueError("expected at least one, such as [nl, en]")
    return languages


def _broker(address: str) -> str:
    if address and not re.fullmatch(r"kafka://[^\s/]+", address):
        raise ValueError("expected kafka://host:port, or nothing for the embedded engine")
    return address


@dataclass(frozen=True, config={"extra": "forbid"})
class SentimentSettings:
    """Files with words of one's own, by language and by brand; see docs/sentiment.md.

    `plain_vader` scores English by VADER alone, without the words of complaints.
    """

    lexicons: Mapping[str, Path] = field(default_factory=dict)
    brand_lexicons: Mapping[str, Path] = field(default_factory=dict)
    plain_vader: bool = False


class Settings(BaseSettings):
    """Everything an operator sets. `broker` empty: the embedded engine; `kafka://host:port`.

    `clock` is what event time follows where no connector is configured: nothing (``sources``; a
    recording may be played in then), or the clock (``wall``; for mentions that other tools put on
    the broker).
    """

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX, env_nested_delimiter=ENV_DELIMITER, extra="forbid", frozen=True
    )

    brands: tuple[Brand, ...]
    languages: Annotated[
        tuple[Annotated[str, AfterValidator(_language)], ...], AfterValidator(_not_empty)
    ] = DEFAULT_LANGUAGES
    alarm_terms: tuple[Annotated[str, AfterValidator(_alarm_term)], ...] = DEFAULT_TERMS
    sentiment: SentimentSettings = SentimentSettings()
    detection: DetectionSettings = field(default_factory=DetectionSettings)
    connectors: tuple[Annotated[ConnectorSettings, Field(discriminator="type")], ...] = ()
    sinks: tuple[Annotated[SinkSettings, Field(discriminator="type")], ...] = ()
    retries: RetryPolicy = RetryPolicy()
    lateness: Annotated[timedelta, Field(ge=timedelta(0), le=timedelta(hours=1))] = timedelta(
        seconds=2
    )
    clock: Literal["sources", "wall"] = "sources"
    sources: SourceSettings = field(default_factory=SourceSettings)
    broker: Annotated[str, AfterValidator(_broker)] = ""
    kafka: KafkaSettings = KafkaSettings()
    data_dir: Path = Path("data")
    metrics: MetricsSettings = MetricsSettings()
    _origin: str = PrivateAttr(default="")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment first, then the file, which comes in as keyword arguments."""
        return env_settings, init_settings

    @property
    def brokers(self) -> Brokers:
        """Where the Kafka engine lives."""
        return Brokers.parse(self.broker, self.kafka.access)

    def wrong(self, place: str, error: Exception) -> UsageError:
        """An error that names the file and the place in it that have to be mended."""
        return UsageError(f"{self._origin}: {place}: {error}" if self._origin else str(error))

    def with_only(self, connector: ConnectorSettings) -> "Settings":
        """Listening to this one alone, which comes from the command line and from no file."""
        changed = self.model_copy(update={"connectors": (connector,)})
        changed._origin = ""
        return changed

    @property
    def pipeline(self) -> PipelineSettings:
        """Reads the lexicons; raises ValueError where one can't be read."""
        return PipelineSettings(
            self.brands,
            self.languages,
            self.alarm_terms,
            self.detection,
            read_lexicons(self.sentiment.lexicons),
            read_lexicons(self.sentiment.brand_lexicons),
            self.sentiment.plain_vader,
        )


def load_settings(
    path: Path, overrides: Mapping[str, object] | None = None, changes: Sequence[str] = ()
) -> Settings:
    """Read the configuration; `overrides` replace whole top-level keys.

    `changes` like ``detection.issue.ratio=2.5`` change single ones. Raises `UsageError`: one line
    with the file, the place in it, and what was expected.
    """
    values = {**read_config(path), **(overrides or {})}
    add_slack_from_environment(values)
    return make_settings(values, str(path), changes)


def make_settings(
    values: Mapping[str, object], origin: str, changes: Sequence[str] = ()
) -> Settings:
    """Check the values, which `origin` names in errors."""
    try:
        wanted = {key: expanded(value, origin, key) for key, value in values.items()}
        for change in changes:
            _change(wanted, change)
        wanted["detection"] = _with_defaults(wanted.get("detection", {}))
        settings = Settings.model_validate(wanted)
        settings._origin = origin
        _ = settings.pipeline
    except ValidationError as error:
        raise UsageError(explain(error, origin)) from None
    except ValueError as error:
        raise UsageError(f"{origin}: {error}") from None
    except RecursionError:  # an alias within what it stands for
        raise UsageError(f"{origin}: nested too deeply") from None
    for kind, names in (
        ("connectors", [connector.name for connector in settings.connectors]),
        ("sinks", [sink.name or sink.type for sink in settings.sinks]),
    ):
        for name in names:
            if names.count(name) > 1:
                raise UsageError(
                    f"{origin}: {kind}: {name!r} is there twice; give each its own name"
                )
    _require_own_ports(settings, origin)
    own = f"{settings.kafka.prefix}crisis-alerts"
    for place, sink in enumerate(settings.sinks):
        if settings.broker and sink.type == "kafka" and sink.topic == own:
            raise UsageError(
                f"{origin}: sinks[{place}].topic: {sink.topic} is where the engine itself keeps "
                "alerts; read them there, or name another topic"
            )
    return settings


def _require_own_ports(settings: Settings, origin: str) -> None:
    taken = {(settings.metrics.host, settings.metrics.port)}
    for place, connector in enumerate(settings.connectors):
        if connector.type != "webhook":
            continue
        address = connector.host, connector.port
        if address in taken:
            raise UsageError(
                f"{origin}: connectors[{place}].port: {connector.port} is that of the metrics or "
                "of another webhook; give each its own"
            )
        taken.add(address)


def _with_defaults(detection: object) -> object:
    """A level may be given in part: ``issue: {ratio: 2.5}`` leaves its floor and chance be."""
    if not isinstance(detection, Mapping):
        return detection
    merged = asdict(DetectionSettings())
    for key, value in detection.items():
        default = merged.get(key)
        if isinstance(default, dict) and isinstance(value, Mapping):
            merged[key] = {**default, **value}
        else:
            merged[key] = value
    return merged


def _change(values: dict[str, object], change: str) -> None:
    """Set one value, such as ``detection.issue.ratio=2.5``; the value is read as YAML."""
    place, is_pair, text = change.partition("=")
    if not is_pair:
        raise UsageError("--set: expected KEY=VALUE, like detection.issue.ratio=2.5")
    *parents, last = place.strip().split(".")
    for parent in parents:
        inner = values.get(parent)
        inner = dict(inner) if isinstance(inner, Mapping) else {}
        values[parent] = inner
        values = inner
    try:
        values[last] = yaml.safe_load(text)
    except yaml.YAMLError:
        raise UsageError(f"--set {place}: can't read the value as YAML") from None


def add_slack_from_environment(values: dict[str, object]) -> None:
    """With SLACK_WEBHOOK_URL set, alerts go to Slack even where no sink says so."""
    sinks = values.get("sinks") or []
    url = from_environment(SLACK_VARIABLE)
    if url is None or not isinstance(sinks, list):
        return
    if not any(isinstance(sink, dict) and sink.get("type") == "slack" for sink in sinks):
        try:
            SlackSettings(webhook_url=Secret(url))
        except ValueError as error:
            raise UsageError(f"{SLACK_VARIABLE}: {error}") from None
        values["sinks"] = [*sinks, {"type": "slack", "webhook_url": url}]
