"""A dashboard around its panels: places, variables, annotations."""

from collections.abc import Sequence
from typing import Final

from deploy.grafana.colours import PURPLE
from deploy.grafana.panels import SOURCE, Json, Panel

_WIDTH: Final = 24


def dashboard(
    uid: str,
    title: str,
    description: str,
    *rows: Sequence[Panel],
    variables: Sequence[Json] = (),
    annotations: Sequence[Json] = (),
) -> Json:
    """A dashboard of the last six hours, brought up to date every 30 s.

    The panels of a row share its width.
    """
    source: Json = {
        "name": "datasource",
        "label": "Data source",
        "type": "datasource",
        "query": "prometheus",
    }
    others: Json = {
        "type": "dashboards",
        "title": "Listener",
        "tags": ["listener"],
        "includeVars": True,
        "keepTime": True,
    }
    return {
        "uid": uid,
        "title": f"Listener: {title}",
        "description": description,
        "tags": ["listener"],
        "schemaVersion": 42,
        "editable": False,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "timezone": "browser",
        "links": [others],
        "templating": {"list": [source, *variables]},
        "annotations": {"list": list(annotations)},
        "panels": _placed(rows),
    }


def variable(name: str, label: str, metric: str, *, default: str = "") -> Json:
    """A choice among the values of the metric's label of that name."""
    made: dict[str, Json] = {
        "name": name,
        "label": label,
        "type": "query",
        "datasource": SOURCE,
        "query": {"query": f"label_values({metric}, {name})", "refId": name},
        "refresh": 2,
        "sort": 7,
    }
    if default:
        made["current"] = {"text": default, "value": default, "selected": True}
    return made


def incidents(expr: str, title: str) -> Json:
    """Annotations for as long as the expression has a value."""
    return {
        "name": "Incidents",
        "datasource": SOURCE,
        "enable": True,
        "iconColor": PURPLE,
        "expr": expr,
        "step": "15s",
        "titleFormat": title,
    }


def _placed(rows: Sequence[Sequence[Panel]]) -> list[Json]:
    panels: list[Json] = []
    top = 0
    for row in rows:
        width = _WIDTH // len(row)
        for place, panel in enumerate(row):
            panels.append(panel.json(len(panels) + 1, place * width, top, width))
        top += max(panel.height for panel in row)
    return panels
