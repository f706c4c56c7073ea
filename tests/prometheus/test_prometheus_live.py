"""A real Prometheus scrapes the running service while a recording plays through a real Kafka.

The command lines and health checks are those of docker-compose.yml. Every expression of every
panel and rule is then asked of that Prometheus, and has to give data.
"""

import json
import math
import re
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.integration.listener_command import LISTENER, environment, lines, wait_until
from tests.prometheus.live import (
    PROMETHEUS,
    ROOT,
    STORY,
    Prometheus,
    Service,
    command_of,
    ended,
    health_of,
    write_story,
)

DASHBOARDS: Final = sorted((ROOT / "config" / "grafana" / "dashboards").glob("*.json"))
RULES: Final = [
    rule
    for group in yaml.safe_load((PROMETHEUS / "rules.yml").read_text("utf-8"))["groups"]
    for rule in group["rules"]
]
COUNT: Final = len(STORY)
FILLED_IN: Final = {
    "$__rate_interval": "20s",
    "$__range": "1m",
    "$brand": "Kwikzilver",
    "$window": "900s",
}
# Where apt has to fetch Prometheus first, or the machine is busy, the set-up takes its time.
pytestmark = pytest.mark.timeout(300)

METRIC: Final = re.compile(
    r"\b(?:\w+:)?(?:listener|process)_[a-z0-9_]+(?::\w+)?|\blistener:\w+:\w+"
)


def queries() -> Iterator[tuple[str, str]]:
    """The name of each query of the dashboards, and its expression with the variables filled in."""
    for path in DASHBOARDS:
        dashboard: dict[str, Any] = json.loads(path.read_text("utf-8"))  # Grafana's JSON
        for panel in dashboard["panels"]:
            for target in panel["targets"]:
                yield f"{path.stem}: {panel['title']}: {target['refId']}", filled_in(target["expr"])
        for note in dashboard["annotations"]["list"]:
            yield f"{path.stem}: {note['name']}", filled_in(note["expr"])


def filled_in(expr: str) -> str:
    for name, value in FILLED_IN.items():
        expr = expr.replace(name, value)
    return expr


@pytest.fixture(scope="module")
def played(
    kafka: str, program_of: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Prometheus, Service, Service]]:
    """Prometheus, ingest and a worker, after the recording has come to its end."""
    program = program_of("prometheus")
    folder = tmp_path_factory.mktemp("live")
    config = write_story(folder, f"live-{uuid.uuid4().hex[:8]}")
    topics = [*LISTENER, *command_of("topics", config)]
    subprocess.run(topics, check=True, env=environment(LISTENER_BROKER=f"kafka://{kafka}"))
    worker = Service("worker", config, kafka)
    with ended(worker.process):
        worker.await_ready()
        ingest = Service("ingest", config, kafka)
        prometheus = Prometheus(program, folder, {"worker": worker.port, "ingest": ingest.port})
        with ended(ingest.process, prometheus.process):
            wait_until(lambda: "connector done" in ingest.log, "the recording's end")
            wait_until(lambda: statuses(folder)[-1:] == ["resolved"], "all clear")
            wait_until(lambda: seen_all(prometheus), "Prometheus to see it all")
            yield prometheus, ingest, worker


def statuses(folder: Path) -> list[object]:
    return [alert["status"] for alert in lines(folder / "alerts.jsonl")]


def seen_all(prometheus: Prometheus) -> bool:
    """Whether the last mention, the last alert and the first lag have been scraped."""
    counted = (
        f"sum(listener_mentions_received_total) == {COUNT} "
        f"and sum(listener_brand_mentions_total) == {COUNT} "
        'and sum(listener_alerts_total{status="resolved"}) and sum(listener_consumer_lag_records) '
        "and sum(listener_deliveries_total) == sum(listener_alerts_total)"
    )
    return bool(prometheus.ask("query", query=counted)["result"])


def test_every_panel_and_annotation_has_data(
    played: tuple[Prometheus, Service, Service],
) -> None:
    prometheus, _, _ = played
    empty = []
    for name, expr in queries():
        values = [
            float(value) for series in prometheus.range(expr) for _, value in series["values"]
        ]
        if not any(map(math.isfinite, values)):
            empty.append(f"{name}: {expr}")
    assert empty == []


def test_the_rules_are_evaluated_and_see_what_they_look_at(
    played: tuple[Prometheus, Service, Service],
) -> None:
    prometheus, _, _ = played
    evaluated = [rule for group in prometheus.ask("rules")["groups"] for rule in group["rules"]]
    assert len(evaluated) == len(RULES)
    assert [rule["lastError"] for rule in evaluated if rule.get("lastError")] == []
    assert {rule["health"] for rule in evaluated} == {"ok"}
    named = {name for rule in RULES for name in METRIC.findall(rule["expr"])}
    named |= {rule["record"] for rule in RULES if "record" in rule}
    assert [name for name in sorted(named) if not prometheus.range(name)] == []
    # A recording that is over is silent; else there was nothing to complain of.
    firing = {rule["name"] for rule in evaluated if rule.get("state") == "firing"}
    assert firing == set()


def test_the_dashboards_can_be_set_to_the_brand_and_its_windows(
    played: tuple[Prometheus, Service, Service],
) -> None:
    prometheus, _, _ = played
    for metric, label, expected in (
        ("listener_incident_severity", "brand", ["Kwikzilver"]),
        ("listener_window_mentions", "window", ["10800s", "300s", "3600s", "900s"]),
    ):
        assert prometheus.ask(f"label/{label}/values", **{"match[]": metric}) == expected


def test_what_prometheus_knows_is_what_happened(
    played: tuple[Prometheus, Service, Service],
) -> None:
    prometheus, _, _ = played

    def last(expr: str) -> float:
        (series,) = prometheus.ask("query", query=expr)["result"]
        return float(series["value"][1])

    assert last("sum(listener_mentions_received_total)") == COUNT
    assert last("sum(listener_brand_mentions_total)") == COUNT
    assert last("sum(listener_brand_source_mentions_total)") == COUNT
    assert last("sum(listener_mentions_rejected_total)") == 1
    assert last("max(max_over_time(listener_incident_severity[5m]))") >= 1
    assert last("sum(listener_alerts_total)") == last("sum(listener_deliveries_total)") >= 2
    lags = "listener_processing_lag_seconds_count + listener_mentions_historic_total"
    assert last(f"sum({lags})") == COUNT
    assert last("sum(listener_state_bytes)") > 0


def test_the_containers_health_checks_pass(played: tuple[Prometheus, Service, Service]) -> None:
    prometheus, ingest, worker = played
    assert prometheus.health() == 200
    assert health_of("ingest", ingest.port) == health_of("worker", worker.port) == 0
    assert health_of("worker", 1) != 0


def test_logs_are_one_fact_a_line_and_hold_no_text_of_a_mention(
    played: tuple[Prometheus, Service, Service],
) -> None:
    _, ingest, worker = played
    facts = [json.loads(line) for line in (ingest.log + worker.log).splitlines()]
    assert all({"event", "level", "timestamp"} <= fact.keys() for fact in facts)
    raised = [fact for fact in facts if fact["event"] == "alert"]
    settled = [fact for fact in facts if fact["event"] == "alert settled"]
    assert [fact["alert_id"] for fact in raised] == [fact["alert_id"] for fact in settled]
    assert len({fact["incident_id"] for fact in raised}) == 1
    written = ingest.log + worker.log
    assert [row["text"] for row in STORY if str(row["text"])[:25] in written] == []
