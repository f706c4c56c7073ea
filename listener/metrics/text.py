"""Prometheus's text format, written line by line.

prometheus-client makes an object of every sample and sorts its labels: seconds, for the several
hundred thousand samples of thousands of brands.
"""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(slots=True)
class Family:
    """All samples of one metric; `name` is without the `_total` of a counter."""

    name: str
    kind: Literal["gauge", "counter"]
    help: str
    lines: list[str] = field(default_factory=list)

    @property
    def sample_name(self) -> str:
        return f"{self.name}_total" if self.kind == "counter" else self.name

    def text(self) -> str:
        """Empty where there is no sample."""
        if not self.lines:
            return ""
        name = self.sample_name
        return f"# HELP {name} {self.help}\n# TYPE {name} {self.kind}\n" + "".join(self.lines)


def escaped(value: str) -> str:
    """A label's value as it stands between the quotes."""
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
