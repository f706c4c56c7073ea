"""The dashboards: as their source makes them, complete, and of metrics that exist."""

import json
import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from deploy.grafana import dashboards
from tests.unit.metrics.full_metrics import full_metrics

ROOT: Final = Path(__file__).parents[3]
FOLDER: Final = ROOT / "config" / "grafana" / "dashboards"
RULES: Final = yaml.safe_load((ROOT / "config/prometheus/rules.yml").read_text("utf-8"))
RECORDED: Final = {
    rule["record"] for group in RULES["groups"] for rule in group["rules"] if "record" in rule
}
ALERTED: Final = [str(rule["expr"]) for group in RULES["groups"] for rule in group["rules"]]
FILES: Final = sorted(FOLDER.glob("*.json"))
METRIC: Final = re.compile(
    r"\b(?:\w+:)?(?:listener|process)_[a-z0-9_]+(?::\w+)?|\blistener:\w+:\w+"
)
VARIABLES: Final = {"brand", "window", "datasource", "__rate_interval", "__range"}
COLOURS: Final = {
    *("#0072B2", "#56B4E9", "#009E73", "#E69F00", "#D55E00", "#CC79A7", "#999999"),
}

Dashboard = dict[str, Any]  # Grafana's JSON has no types of its own


@pytest.fixture(params=FILES, ids=lambda path: str(path.stem))
def dashboard(request: pytest.FixtureRequest) -> Dashboard:
    loaded: Dashboard = json.loads(Path(request.param).read_text("utf-8"))
    return loaded


async def known() -> set[str]:
    """Every series that a query may name."""
    page = (await full_metrics().page()).decode()
    samples = {
        sample.name for family in text_string_to_metric_families(page) for sample in family.samples
    }
    return samples | RECORDED


def expressions(dashboard: Dashboard) -> Iterator[str]:
    for panel in dashboard["panels"]:
        yield from (target["expr"] for target in panel["targets"])
    yield from (note["expr"] for note in dashboard["annotations"]["list"])
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["query"]["query"]


def test_they_are_what_their_source_makes() -> None:
    made = dashboards()
    assert {path.name for path in FILES} == made.keys()
    for path in FILES:
        assert json.loads(path.read_text("utf-8")) == made[path.name], "python -m deploy.grafana"


def test_each_has_an_address_of_its_own() -> None:
    loaded = [json.loads(path.read_text("utf-8")) for path in FILES]
    assert len({one["uid"] for one in loaded}) == len({one["title"] for one in loaded}) == 3


async def test_every_query_names_what_exists(dashboard: Dashboard) -> None:
    series = await known()
    for expr in expressions(dashboard):
        named = set(METRIC.findall(expr))
        assert named or expr.startswith("avg(up{"), expr
        assert named <= series, expr


async def test_every_rule_names_what_exists() -> None:
    series = await known()
    for expr in ALERTED:
        assert set(METRIC.findall(expr)) <= series, expr


def test_every_panel_says_what_it_shows(dashboard: Dashboard) -> None:
    for panel in dashboard["panels"]:
        assert panel["title"]
        assert panel["description"].endswith(".")
        assert panel["fieldConfig"]["defaults"]["unit"]
        assert panel["targets"]
        assert all(target["legendFormat"] for target in panel["targets"])


def test_panels_and_queries_have_ids_of_their_own(dashboard: Dashboard) -> None:
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        letters = [target["refId"] for target in panel["targets"]]
        assert len(set(letters)) == len(letters)


def test_no_panel_lies_on_another_or_off_the_screen(dashboard: Dashboard) -> None:
    places = [panel["gridPos"] for panel in dashboard["panels"]]
    for place in places:
        assert 0 <= place["x"] < place["x"] + place["w"] <= 24
    for one, other in combinations(places, 2):
        assert (
            one["x"] + one["w"] <= other["x"]
            or other["x"] + other["w"] <= one["x"]
            or one["y"] + one["h"] <= other["y"]
            or other["y"] + other["h"] <= one["y"]
        ), (one, other)


def test_no_data_source_is_fixed(dashboard: Dashboard) -> None:
    chosen = {"type": "prometheus", "uid": "${datasource}"}
    for panel in dashboard["panels"]:
        assert panel["datasource"] == chosen
        assert all(target["datasource"] == chosen for target in panel["targets"])
    assert all(note["datasource"] == chosen for note in dashboard["annotations"]["list"])
    first, *others = dashboard["templating"]["list"]
    assert (first["name"], first["type"]) == ("datasource", "datasource")
    assert all(variable["datasource"] == chosen for variable in others)


def test_variables_are_defined_and_rates_leave_the_interval_to_grafana(
    dashboard: Dashboard,
) -> None:
    defined = {variable["name"] for variable in dashboard["templating"]["list"]}
    for expr in expressions(dashboard):
        used = set(re.findall(r"\$(\w+)", expr))
        assert used <= VARIABLES
        assert used <= defined | {"__rate_interval", "__range"}
        assert not re.search(r"rate\([^\[]*\[(?!\$__rate_interval)", expr), expr


def test_it_is_of_the_schema_that_is_provisioned(dashboard: Dashboard) -> None:
    assert dashboard["schemaVersion"] == 42
    assert not {"id", "__inputs"} & dashboard.keys()


def test_colours_are_told_apart_by_everybody(dashboard: Dashboard) -> None:
    assert set(re.findall(r"#[0-9A-Fa-f]{6}", json.dumps(dashboard))) <= COLOURS
