"""The rules and the metrics by promtool's judgement; every alert tested, and told what to do."""

import re
import subprocess
from pathlib import Path
from typing import Final

import pytest
import yaml

from tests.unit.metrics.full_metrics import full_metrics

ROOT: Final = Path(__file__).parents[2]
RULES: Final = ROOT / "config" / "prometheus" / "rules.yml"
TESTS: Final = Path(__file__).with_name("rules_test.yml")
ALERTS: Final = [
    rule
    for group in yaml.safe_load(RULES.read_text("utf-8"))["groups"]
    for rule in group["rules"]
    if "alert" in rule
]
NAMES: Final = [str(rule["alert"]) for rule in ALERTS]
RUNBOOKS: Final = ROOT / "docs" / "runbooks.md"


def objections(*command: str, stdin: bytes = b"") -> str:
    """What the program says if it objects, else nothing."""
    done = subprocess.run(command, input=stdin, capture_output=True, check=False)
    return (done.stdout + done.stderr).decode() if done.returncode else ""


def test_the_rules_do_in_prometheus_what_they_say(promtool: str) -> None:
    assert objections(promtool, "check", "rules", str(RULES)) == ""
    assert objections(promtool, "test", "rules", str(TESTS)) == ""


def test_prometheus_takes_its_configuration(promtool: str) -> None:
    config = RULES.with_name("prometheus.yml")
    assert objections(promtool, "check", "config", str(config)) == ""
    assert yaml.safe_load(config.read_text("utf-8"))["rule_files"] == [RULES.name]


async def test_promtool_has_nothing_to_say_of_the_metrics(promtool: str) -> None:
    page = await full_metrics().page()
    assert objections(promtool, "check", "metrics", stdin=page) == ""


@pytest.mark.parametrize("name", NAMES)
def test_every_alert_is_tested_firing_and_not_firing(name: str) -> None:
    fires = {
        bool(case["exp_alerts"])
        for test in yaml.safe_load(TESTS.read_text("utf-8"))["tests"]
        for case in test.get("alert_rule_test", [])
        if case["alertname"] == name
    }
    assert fires == {True, False}


@pytest.mark.parametrize("rule", ALERTS, ids=NAMES)
def test_every_alert_leads_to_its_runbook(rule: dict[str, dict[str, str]]) -> None:
    page, _, anchor = rule["annotations"]["runbook_url"].partition("#")
    headings = re.findall(r"^#+ (.+)$", RUNBOOKS.read_text("utf-8"), re.MULTILINE)
    assert ROOT / page == RUNBOOKS
    assert anchor == str(rule["alert"]).lower()
    assert anchor in {heading.lower().replace(" ", "-") for heading in headings}
    assert rule["labels"]["severity"] in {"warning", "critical"}
