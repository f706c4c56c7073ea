"""What is wrong with a configuration, in one line with its place, and never with the value.

The value may be a secret; what was expected says enough.
"""

import os
import re
from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import SettingsError

ENV_PREFIX: Final = "LISTENER_"
ENV_DELIMITER: Final = "__"
_UNKNOWN: Final = frozenset({"extra_forbidden", "unexpected_keyword_argument"})
_TEXTS: Final[Mapping[str, str]] = {
    **dict.fromkeys(_UNKNOWN, "no such setting"),
    "missing": "missing",
    "tuple_type": "expected a list",
    "dataclass_type": "expected settings, as key: value",
    "dict_type": "expected settings, as key: value",
    "model_attributes_type": "expected settings, as key: value",
    "union_tag_not_found": "type: missing",
    "path_type": "expected a path",
    "string_type": "expected text; put it in quotes",
}


def explain(error: ValidationError, origin: str) -> str:
    """The first thing that is wrong, beginning with the file or the variable it stands in.

    A setting that doesn't exist comes before one that is missing: it may be the same, misspelt.
    """
    details = error.errors(include_url=False, include_input=False)
    cause = details[0].get("ctx", {}).get("error")
    if isinstance(cause, SettingsError):  # before anything was looked at
        field = re.search(r'field "(\w+)"', str(cause))
        return f"{ENV_PREFIX}{field.group(1).upper() if field else '…'}: expected JSON"
    first = min(details, key=lambda detail: detail["type"] not in _UNKNOWN)
    more = f" (and {len(details) - 1} more)" if len(details) > 1 else ""
    where = [str(origin), _place(first["loc"])]
    variable = _variable(first["loc"])
    if variable:
        where = [variable]
    return ": ".join([*filter(None, where), f"{_message(first)}{more}"])


def _message(detail: ErrorDetails) -> str:
    if detail["type"] == "union_tag_invalid":
        known = str(detail.get("ctx", {}).get("expected_tags", "")).replace("'", "")
        return f"type: expected one of {known}"
    plain = detail["msg"].removeprefix("Value error, ").replace("Input should be", "expected")
    return _TEXTS.get(detail["type"], plain)


def _place(location: Sequence[int | str]) -> str:
    """``sinks[0].webhook_url``: without the type that pydantic puts behind the number."""
    place = ""
    for at, part in enumerate(location):
        if isinstance(part, int):
            place += f"[{part}]"
        elif not (at == 2 and location[0] in {"sinks", "connectors"}):
            place += f".{part}"
    return place.lstrip(".")


def _variable(location: Sequence[int | str]) -> str | None:
    """The environment variable that gives this setting, if there is one."""
    known = {name.upper(): name for name in os.environ}
    for length in range(len(location), 0, -1):
        name = ENV_PREFIX + ENV_DELIMITER.join(map(str, location[:length])).upper()
        if name in known:
            return known[name]
    return None
