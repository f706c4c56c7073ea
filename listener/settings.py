"""The configuration: a YAML file, overruled by the environment, refused with the place and mend.

``LISTENER_BROKER``, ``LISTENER_DATA_DIR``, ``LISTENER_METRICS__PORT`` and so on overrule the file.
A value ``${NAME}`` in the file is taken from the environment, or from the file that ``NAME_FILE``
names: that is where secrets belong. ``${NAME:-value}`` gives a default.
"""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final

import yaml
from pydantic import Field, ValidationError
from pydantic.dataclasses import dataclass
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from detectors.alarm import DEFAULT_TERMS
from detectors.language import DEFAULT_LANGUAGES
from detectors.settings import DetectionSettings
from listener.brands import Brand
from listener.connectors import ConnectorSettings
from listener.errors import UsageError
from listener.pipeline import PipelineSettings
from sinks import SINKS, SinkSettings
from sinks.retry import RetryPolicy

_PLACEHOLDER: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
_MAX_FILE: Final = 1024 * 1024
SLACK_VARIABLE: Final = "SLACK_WEBHOOK_URL"


@dataclass(frozen=True, config={"extra": "forbid"})
class MetricsSettings:
    """Where `/metrics`, `/healthz` and `/readyz` are served; port 0: nowhere."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 9108


@dataclass(frozen=True, config={"extra": "forbid"})
class KafkaSettings:
    """How the topics are made, and the group that the workers form."""

    partitions: Annotated[int, Field(ge=1, le=1000)] = 4
    replication: Annotated[int, Field(ge=1, le=10)] = 1
    prefix: Annotated[str, Field(pattern=r"^[a-zA-Z0-9._-]*$")] = ""
    group: Annotated[str, Field(pattern=r"^[a-zA-Z0-9._-]+$")] = "listener"


class Settings(BaseSettings):
    """Everything an operator sets. `broker` empty: the embedded engine; `kafka://host:port`."""

    model_config = SettingsConfigDict(
        env_prefix="LISTENER_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    brands: tuple[Brand, ...]
    languages: tuple[Annotated[str, Field(pattern="^[a-z]{2,3}$")], ...] = DEFAULT_LANGUAGES
    alarm_terms: tuple[str, ...] = DEFAULT_TERMS
    detection: DetectionSettings = field(default_factory=DetectionSettings)
    connectors: tuple[ConnectorSettings, ...] = ()
    sinks: tuple[Annotated[SinkSettings, Field(discriminator="type")], ...] = ()
    retries: RetryPolicy = RetryPolicy()
    lateness: timedelta = timedelta(seconds=2)
    broker: str = ""
    kafka: KafkaSettings = KafkaSettings()
    data_dir: Path = Path("data")
    metrics: MetricsSettings = MetricsSettings()

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
    def pipeline(self) -> PipelineSettings:
        return PipelineSettings(self.brands, self.languages, self.alarm_terms, self.detection)


def load_settings(
    path: Path, overrides: Mapping[str, object] | None = None, changes: Sequence[str] = ()
) -> Settings:
    """Read the configuration; `overrides` replace whole top-level keys.

    `changes` like ``detection.issue.ratio=2.5`` change single ones. Raises `UsageError`: one line
    with the file, the place in it, and what was expected.
    """
    values = {**_read(path), **(overrides or {})}
    add_slack_from_environment(values)
    return make_settings(values, str(path), changes)


def make_settings(
    values: Mapping[str, object], origin: str, changes: Sequence[str] = ()
) -> Settings:
    """Check the values, which `origin` names in errors."""
    try:
        expanded = {key: _expanded(value, origin, key) for key, value in values.items()}
        for change in changes:
            _change(expanded, change)
        settings = Settings.model_validate(expanded)
        _ = settings.pipeline
    except ValidationError as error:
        raise UsageError(f"{origin}: {_first(error)}") from None
    except ValueError as error:
        raise UsageError(f"{origin}: {error}") from None
    for kind, names in (
        ("connectors", [connector.name for connector in settings.connectors]),
        ("sinks", [sink.name or sink.type for sink in settings.sinks]),
    ):
        for name in names:
            if names.count(name) > 1:
                raise UsageError(
                    f"{origin}: {kind}: {name!r} is there twice; give each its own name"
                )
    return settings


def _change(values: dict[str, object], change: str) -> None:
    """Set one value, such as ``detection.issue.ratio=2.5``; the value is read as YAML."""
    place, is_pair, text = change.partition("=")
    if not is_pair:
        raise UsageError(f"--set {change!r}: expected KEY=VALUE, like detection.issue.ratio=2.5")
    *parents, last = place.strip().split(".")
    for parent in parents:
        inner = values.get(parent)
        inner = dict(inner) if isinstance(inner, Mapping) else {}
        values[parent] = inner
        values = inner
    try:
        values[last] = yaml.safe_load(text)
    except yaml.YAMLError:
        raise UsageError(f"--set {change!r}: can't read the value {text!r}") from None


def _read(path: Path) -> dict[str, object]:
    try:
        with path.open("rb") as file:
            text = file.read(_MAX_FILE)
        values = yaml.safe_load(text)
    except OSError as error:
        raise UsageError(f"{path}: {(error.strerror or 'unreadable').lower()}") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise UsageError(f"{path}{place}: not YAML: {error.problem or error.context}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: not YAML: {str(error).splitlines()[0]}") from None
    if not isinstance(values, dict) or not all(isinstance(key, str) for key in values):
        raise UsageError(f"{path}: expected settings like 'brands:', found none")
    return values


def _expanded(value: object, origin: str, place: str) -> object:
    """The value with ``${NAME}`` replaced, everywhere in it."""
    if isinstance(value, str):
        return _PLACEHOLDER.sub(lambda match: _variable(match, origin, place), value)
    if isinstance(value, Mapping):
        return {
            key: _expanded(item, origin, f"{place}.{key}" if place else str(key))
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_expanded(item, origin, f"{place}[{at}]") for at, item in enumerate(value)]
    return value


def _variable(match: re.Match[str], origin: str, place: str) -> str:
    name, default = match.groups()
    value = from_environment(name)
    if value is None and default is None:
        raise UsageError(f"{origin}: {place}: set {name} in the environment, or {name}_FILE")
    return value if value is not None else default


def from_environment(name: str) -> str | None:
    """The variable `name`, or the content of the file that `name`_FILE names."""
    value = os.environ.get(name)
    file = os.environ.get(f"{name}_FILE")
    if value or not file:
        return value or None
    try:
        return Path(file).read_text("utf-8").strip() or None
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"{name}_FILE: {file} can't be read") from None


def add_slack_from_environment(values: dict[str, object]) -> None:
    """With SLACK_WEBHOOK_URL set, alerts go to Slack even where no sink says so."""
    sinks = values.get("sinks") or []
    url = from_environment(SLACK_VARIABLE)
    if url is None or not isinstance(sinks, list):
        return
    if not any(isinstance(sink, dict) and sink.get("type") == "slack" for sink in sinks):
        values["sinks"] = [*sinks, {"type": "slack", "webhook_url": url}]


def _first(error: ValidationError) -> str:
    """The first thing that is wrong, with its place, without the value: it may be a secret."""
    details = error.errors(include_url=False, include_input=False, include_context=False)
    first = details[0]
    place = ""
    for part in (part for part in first["loc"] if part not in SINKS):  # pydantic adds the type
        place += f"[{part}]" if isinstance(part, int) else f".{part}"
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] in {"extra_forbidden", "unexpected_keyword_argument"}:
        message = "no such setting"
    elif first["type"] == "missing":
        message = "missing"
    more = f" (and {len(details) - 1} more)" if len(details) > 1 else ""
    return f"{place.lstrip('.')}: {message}{more}" if place else f"{message}{more}"
