"""What every sink's settings have in common."""

import re
from dataclasses import dataclass
from typing import ClassVar, Final

from detectors.records import Severity

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


@dataclass(frozen=True, kw_only=True)
class CommonSettings:
    """`name` tells sinks of one type apart in logs and metrics; left empty, it is the type's.

    Nothing is delivered of incidents that never reached `min_severity`. `min_interval` is the
    least time between two attempts, in seconds.
    """

    # For whoever reads these with pydantic: a misspelt key is refused, no value shown in errors.
    __pydantic_config__: ClassVar[dict[str, object]] = {
        "extra": "forbid",
        "hide_input_in_errors": True,
    }

    name: str = ""
    min_severity: Severity = Severity.WATCH
    min_interval: float = 0.0

    def __post_init__(self) -> None:
        if self.name and not _NAME.fullmatch(self.name):
            raise ValueError(
                "name: use up to 40 of a-z, 0-9, - and _, beginning with a letter or digit"
            )
        if not 0 <= self.min_interval <= 60:
            raise ValueError("min_interval: expected 0 to 60 seconds")
