"""Reading a configuration file: YAML in which ``${NAME}`` stands for the environment.

``${NAME}`` is taken from the environment, or from the file that ``NAME_FILE`` names: that is
where secrets belong. ``${NAME:-value}`` gives a default. No error text shows a value.
"""

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import yaml

from listener.errors import UsageError

try:
    from yaml import CSafeLoader as _FastestLoader
except ImportError:  # built without libyaml
    from yaml import SafeLoader as _FastestLoader  # type: ignore[assignment]  # instead of it

_PLACEHOLDER: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
_QUOTED: Final = re.compile(r"'[^'<]{4,}'")
_MAX_FILE: Final = 1024 * 1024
_MAX_DEPTH: Final = 50


class _EachKeyOnce(yaml.constructor.SafeConstructor):
    """Refuses a key that is there twice: the first of the two would be lost in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        for place, (key, _) in enumerate(node.value):
            if isinstance(key, yaml.ScalarNode) and key.value in keys[:place]:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value[:40]} is there twice", key.start_mark
                )
        return super().construct_mapping(node, deep)


class _Loader(_EachKeyOnce, yaml.SafeLoader):
    """PyYAML's own, which says best where a mistake is."""


class _FastLoader(_EachKeyOnce, _FastestLoader):
    """Reads a file of thousands of brands in a fifth of the time."""


def read_config(path: Path) -> dict[str, object]:
    """The settings as they stand in the file; raises `UsageError` with the file and the line."""
    try:
        with path.open("rb") as file:
            text = file.read(_MAX_FILE + 1)
        if len(text) > _MAX_FILE:
            raise UsageError(f"{path}: larger than {_MAX_FILE} bytes; is it a configuration?")
        values = _parsed(text)
    except OSError as error:
        raise UsageError(f"{path}: {(error.strerror or 'unreadable').lower()}") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        problem = _QUOTED.sub("'***'", error.problem or error.context or "")
        raise UsageError(f"{path}{place}: not YAML: {problem}") from None
    except yaml.YAMLError as error:
        raise UsageError(f"{path}: not YAML: {str(error).splitlines()[0]}") from None
    except RecursionError:
        raise UsageError(f"{path}: nested too deeply") from None
    if not isinstance(values, dict) or not all(isinstance(key, str) for key in values):
        raise UsageError(f"{path}: expected settings like 'brands:', found none")
    return values


def _parsed(text: bytes) -> object:
    with suppress(yaml.YAMLError):  # which is then told by the other loader
        if not _is_deep(text):
            return yaml.load(text, _FastLoader)  # noqa: S506 - a SafeLoader
    return yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader


def _is_deep(text: bytes) -> bool:
    """Whether it is nested deeper than settings are: libyaml would go on to the stack's end."""
    depth = 0
    for event in yaml.parse(text, _FastestLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _MAX_DEPTH:
            return True
    return False


def expanded(value: object, origin: str, place: str) -> object:
    """The value with ``${NAME}`` replaced, everywhere in it; raises `UsageError`."""
    if isinstance(value, str):
        return _PLACEHOLDER.sub(lambda match: _variable(match, origin, place), value)
    if isinstance(value, Mapping):
        return {key: expanded(item, origin, f"{place}.{key}") for key, item in value.items()}
    if isinstance(value, list):
        return [expanded(item, origin, f"{place}[{at}]") for at, item in enumerate(value)]
    return value


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


def _variable(match: re.Match[str], origin: str, place: str) -> str:
    name, default = match.groups()
    value = from_environment(name)
    if value is None and default is None:
        raise UsageError(f"{origin}: {place}: set {name} in the environment, or {name}_FILE")
    return value if value is not None else default
