"""docs/metrics.md lists every metric as it is: name, type, labels and meaning."""

import re
from pathlib import Path
from typing import Final

from prometheus_client.parser import text_string_to_metric_families

from tests.unit.metrics.full_metrics import full_metrics

PAGE: Final = Path(__file__).parents[3] / "docs" / "metrics.md"
ROW: Final = re.compile(r"^\| `(listener_\w+)` \| (\w+) \|(.*?)\| (.*) \|$", re.MULTILINE)
BOUNDED: Final = {
    *("brand", "window", "signal", "sentiment", "source", "language"),
    *("connector", "reason", "sink", "result", "outcome", "severity", "status"),
    *("store", "stage", "topic", "partition", "version", "python", "trouble"),
}


async def exposed() -> dict[str, tuple[str, str, str]]:
    """Type, labels and help of every metric of our own, by its name."""
    found = {}
    for family in text_string_to_metric_families((await full_metrics().page()).decode()):
        name = f"{family.name}_total" if family.type == "counter" else family.name
        labels = sorted({label for sample in family.samples for label in sample.labels} - {"le"})
        if name.startswith("listener_"):
            found[name] = family.type, ", ".join(labels), family.documentation
    return found


def documented() -> dict[str, tuple[str, str, str]]:
    return {
        name: (kind, ", ".join(sorted(re.findall(r"\w+", labels))), text)
        for name, kind, labels, text in ROW.findall(PAGE.read_text("utf-8"))
    }


async def test_the_page_lists_every_metric() -> None:
    assert documented() == await exposed()


async def test_no_label_holds_what_a_person_wrote() -> None:
    labels = {label for _, names, _ in (await exposed()).values() for label in names.split(", ")}
    assert labels - {""} <= BOUNDED
