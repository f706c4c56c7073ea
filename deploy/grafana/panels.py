"""Grafana's panels, as its JSON."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from deploy.grafana.colours import SEVERITIES

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

SOURCE: Final[Json] = {"type": "prometheus", "uid": "${datasource}"}
_MAPPINGS: Final[Json] = [
    {
        "type": "value",
        "options": {
            str(rank): {"text": name, "color": colour, "index": rank}
            for rank, (name, colour) in enumerate(SEVERITIES)
        },
    }
]
_LEGEND: Final[Json] = {"displayMode": "list", "placement": "bottom", "showLegend": True}
SEVERITY: Final = "severity"
"""A unit of ours: the rank of a severity, shown by its name and colour."""


@dataclass(frozen=True, slots=True)
class Query:
    """An expression, and how its series are called (``{{label}}`` stands for a label's value)."""

    expr: str
    legend: str
    colour: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel; its place follows from where it stands in the rows of a dashboard."""

    kind: str
    title: str
    description: str
    unit: str
    queries: Sequence[Query]
    height: int = 8
    as_table: bool = False
    defaults: dict[str, Json] = field(default_factory=dict)
    overrides: Sequence[Json] = ()
    options: dict[str, Json] = field(default_factory=dict)
    transformations: Sequence[Json] = ()

    def json(self, number: int, x: int, y: int, width: int) -> Json:
        of_severity = self.unit == SEVERITY
        defaults: dict[str, Json] = {"unit": "none" if of_severity else self.unit, **self.defaults}
        if of_severity:
            defaults["mappings"] = _MAPPINGS
        return {
            "id": number,
            "type": self.kind,
            "title": self.title,
            "description": self.description,
            "gridPos": {"x": x, "y": y, "w": width, "h": self.height},
            "datasource": SOURCE,
            "targets": [self._target(place, query) for place, query in enumerate(self.queries)],
            "fieldConfig": {"defaults": defaults, "overrides": list(self.overrides)},
            "options": self.options,
            "transformations": list(self.transformations),
        }

    def _target(self, place: int, query: Query) -> Json:
        return {
            "refId": _letter(place),
            "datasource": SOURCE,
            "editorMode": "code",
            "expr": query.expr,
            "legendFormat": query.legend,
            "format": "table" if self.as_table else "time_series",
            "instant": self.as_table,
            "range": not self.as_table,
        }


def time_series(
    title: str, description: str, unit: str, *queries: Query, stacked: bool = False, height: int = 8
) -> Panel:
    """Lines over time, or areas on top of each other."""
    return Panel(
        "timeseries",
        title,
        description,
        unit,
        queries,
        height,
        defaults={
            "min": 0,
            "custom": {
                "lineWidth": 1,
                "fillOpacity": 40 if stacked else 0,
                "showPoints": "never",
                "stacking": {"mode": "normal" if stacked else "none", "group": "A"},
            },
        },
        overrides=[
            _override(query.legend, _fixed(query.colour)) for query in queries if query.colour
        ],
        options={"legend": _LEGEND, "tooltip": {"mode": "multi", "sort": "desc"}},
    )


def band(title: str, description: str, unit: str, low: Query, high: Query, *lines: Query) -> Panel:
    """Lines over time before the area between two others."""
    hidden: dict[str, Json] = {
        "custom.lineWidth": 0,
        "custom.hideFrom": {"legend": True, "tooltip": False, "viz": False},
    }
    area: dict[str, Json] = {
        "custom.lineWidth": 0,
        "custom.fillBelowTo": low.legend,
        "custom.fillOpacity": 25,
    }
    plain = time_series(title, description, unit, low, high, *lines, height=11)
    return Panel(
        plain.kind,
        title,
        description,
        unit,
        plain.queries,
        plain.height,
        defaults=plain.defaults,
        overrides=[
            _override(low.legend, {**_fixed(low.colour), **hidden}),
            _override(high.legend, {**_fixed(high.colour), **area}),
            *(
                _override(line.legend, {**_fixed(line.colour), "custom.lineWidth": 2})
                for line in lines
            ),
        ],
        options=plain.options,
    )


def stat(title: str, description: str, unit: str, query: Query) -> Panel:
    """One number, the last one."""
    return Panel(
        "stat",
        title,
        description,
        unit,
        [query],
        height=4,
        options={
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
            "colorMode": "background" if unit == SEVERITY else "none",
            "graphMode": "none",
        },
    )


def severity_timeline(title: str, description: str, query: Query, *, height: int = 5) -> Panel:
    """Which severity when, a line for each series."""
    return Panel(
        "state-timeline",
        title,
        description,
        SEVERITY,
        [query],
        height,
        defaults={"custom": {"lineWidth": 0, "fillOpacity": 90}},
        options={"mergeValues": True, "showValue": "auto", "legend": _LEGEND},
    )


def table(
    title: str, description: str, *columns: Query, key: str, sort: str, height: int = 10
) -> Panel:
    """Queries joined by the label `key`; a query's legend is its column's name, its unit the
    column's. The largest of the column `sort` first."""
    names: dict[str, Json] = {
        f"Value #{_letter(place)}": column.legend for place, column in enumerate(columns)
    }
    return Panel(
        "table",
        title,
        description,
        "short",
        columns,
        height,
        as_table=True,
        overrides=[_override(column.legend, _column(column.unit)) for column in columns],
        options={"showHeader": True, "cellHeight": "sm"},
        transformations=[
            {"id": "joinByField", "options": {"byField": key, "mode": "outer"}},
            {"id": "filterFieldsByName", "options": {"include": {"names": [key, *names]}}},
            {"id": "organize", "options": {"renameByName": names}},
            {"id": "sortBy", "options": {"sort": [{"field": sort, "desc": True}]}},
        ],
    )


def _column(unit: str) -> dict[str, Json]:
    if unit != SEVERITY:
        return {"unit": unit, "decimals": 1}
    cell: Json = {"type": "color-background", "mode": "basic"}
    return {"unit": "none", "mappings": _MAPPINGS, "custom.cellOptions": cell}


def _fixed(colour: str) -> dict[str, Json]:
    return {"color": {"mode": "fixed", "fixedColor": colour}}


def _override(name: str, properties: dict[str, Json]) -> Json:
    return {
        "matcher": {"id": "byName", "options": name},
        "properties": [{"id": key, "value": value} for key, value in properties.items()],
    }


def _letter(place: int) -> str:
    return chr(ord("A") + place)
