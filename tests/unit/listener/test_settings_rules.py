"""For each rule of the configuration what keeps it, what breaks it, and what the refusal says."""

import pytest

from tests.unit.listener.configurations import (
    JSONL,
    REPLAY,
    SLACK,
    WEBHOOK,
    Load,
    refusal,
    with_brand,
)

# One line a rule: a configuration that keeps it, one that breaks it, and the refusal.
RULES: tuple[tuple[dict[str, object], dict[str, object], str], ...] = (
    ({"languages": ["nl"]}, {"langauges": ["nl"]}, "langauges: no such setting"),
    ({"languages": ["nl"]}, {"languages": "nl"}, "languages: expected a list"),
    ({"languages": ["nl"]}, {"languages": ["NL"]}, "languages[0]: expected a code like nl"),
    ({"alarm_terms": ["recall"]}, {"alarm_terms": [" "]}, "alarm_terms[0]: a term needs letters"),
    ({"broker": "kafka://a:1,b:2"}, {"broker": "a:9092"}, "broker: expected kafka://host:port"),
    ({"lateness": 5}, {"lateness": -5}, "lateness: expected greater than or equal to 0"),
    ({"lateness": "PT5S"}, {"lateness": "soon"}, "lateness: expected a valid timedelta"),
    ({"data_dir": "state"}, {"data_dir": [1]}, "data_dir: expected a path"),
    ({"metrics": {"port": 0}}, {"metrics": {"port": 70000}}, "metrics.port: expected less than"),
    ({"metrics": {"port": 1}}, {"metrics": {"prot": 1}}, "metrics.prot: no such setting"),
    ({"metrics": {}}, {"metrics": 9108}, "metrics: expected settings, as key: value"),
    ({"kafka": {"partitions": 2}}, {"kafka": {"partitions": 0}}, "kafka.partitions: expected"),
    ({"kafka": {"partitions": 2}}, {"kafka": {"partitons": 2}}, "kafka.partitons: no such"),
    (
        {"kafka": {"early_warning_after": 30}},
        {"kafka": {"early_warning_after": 0}},
        "kafka.early_warning_after: ",
    ),
    ({"kafka": {"prefix": "x."}}, {"kafka": {"prefix": "x y"}}, "kafka.prefix: "),
    ({"retries": {"max_attempts": 1}}, {"retries": {"max_attempts": 0}}, "retries: max_attempts"),
    ({"detection": {}}, {"detection": []}, "detection: expected settings"),
    (
        {"detection": {"windows": [60]}},
        {"detection": {"windows": [61]}},
        "detection: windows: expected",
    ),
    (
        {"detection": {"windows": [60]}},
        {"detection": {"window": [60]}},
        "detection.window: no such",
    ),
    (
        {"detection": {"issue": {"ratio": 3}}},
        {"detection": {"issue": {"ratio": 0.5}}},
        "detection.issue: needs floor >= 1, ratio >= 1",
    ),
    (
        {"detection": {"issue": {"ratio": 3}}},
        {"detection": {"issue": {"ration": 3}}},
        "detection.issue.ration: no such setting",
    ),
    (
        {"connectors": [REPLAY]},
        {"connectors": [{"type": "reply"}]},
        "connectors[0]: type: expected one of replay, ",
    ),
    ({"connectors": [REPLAY]}, {"connectors": [{"path": "a"}]}, "connectors[0]: type: missing"),
    (
        {"connectors": [REPLAY]},
        {"connectors": [REPLAY | {"sped": 1}]},
        "connectors[0].sped: no such setting",
    ),
    (
        {"connectors": [REPLAY | {"speed": 0}]},
        {"connectors": [REPLAY | {"speed": -1}]},
        "connectors[0]: speed: expected 0",
    ),
    (
        {"connectors": [REPLAY | {"speed": 1.5}]},
        {"connectors": [REPLAY | {"speed": float("nan")}]},
        "connectors[0]: speed: expected 0",
    ),
    (
        {"connectors": [REPLAY | {"kind": "news"}]},
        {"connectors": [REPLAY | {"kind": "tv"}]},
        "connectors[0].kind: expected 'microblog'",
    ),
    (
        {"connectors": [REPLAY | {"map": {"text": "body"}}]},
        {"connectors": [REPLAY | {"map": {"txt": "body"}}]},
        "connectors[0]: no such field: 'txt'",
    ),
    (
        {"connectors": [REPLAY, REPLAY | {"name": "other"}]},
        {"connectors": [REPLAY, REPLAY]},
        "connectors: 'replay' is there twice",
    ),
    (
        {"connectors": [WEBHOOK, WEBHOOK | {"name": "other", "port": 9110}]},
        {"connectors": [WEBHOOK, WEBHOOK | {"name": "other"}]},
        "connectors[1].port: 9109 is that of the metrics or of another webhook",
    ),
    (
        {"connectors": [WEBHOOK]},
        {"connectors": [WEBHOOK | {"port": 9108}]},
        "connectors[0].port: 9108 is that of the metrics",
    ),
    ({"sinks": [SLACK]}, {"sinks": [{"type": "slak"}]}, "sinks[0]: type: expected one of console"),
    ({"sinks": [SLACK]}, {"sinks": [{"path": "a"}]}, "sinks[0]: type: missing"),
    ({"sinks": [SLACK]}, {"sinks": [{"type": "slack"}]}, "sinks[0].webhook_url: missing"),
    ({"sinks": [SLACK]}, {"sinks": [SLACK | {"webhook": "x"}]}, "sinks[0].webhook: no such"),
    ({"sinks": [JSONL]}, {"sinks": [JSONL | {"name": "A B"}]}, "sinks[0]: name: use up to 40"),
    (
        {"sinks": [JSONL | {"min_severity": "issue"}]},
        {"sinks": [JSONL | {"min_severity": "awful"}]},
        "sinks[0].min_severity: expected 'watch', 'issue'",
    ),
    (
        {"sinks": [JSONL, JSONL | {"name": "more"}]},
        {"sinks": [JSONL, JSONL]},
        "sinks: 'jsonl' is there twice",
    ),
    ({"brands": [{"name": "A"}]}, {"brands": []}, "brands: expected at least one"),
    ({"brands": [{"name": "A"}]}, {"brands": {"name": "A"}}, "brands: expected a list"),
    ({"brands": [{"name": "A"}]}, {"brands": ["A"]}, "brands[0]: expected settings, as key: value"),
    ({"brands": [{"name": "3"}]}, {"brands": [{"name": 3}]}, "brands[0].name: expected text; put"),
    ({"brands": [{"name": "A"}]}, {"brands": [{"name": " "}]}, "brands[0]: a brand needs a name"),
    (
        {"brands": [{"name": "A", "terms": ["@a"]}]},
        {"brands": [{"name": "A", "trems": ["@a"]}]},
        "brands[0].trems: no such setting",
    ),
    (
        {"brands": [{"name": "A", "terms": ["@a"]}]},
        {"brands": [{"name": "A", "terms": "@a"}]},
        "brands[0].terms: expected a list",
    ),
    (
        {"brands": [{"name": "A", "terms": ["@a"]}]},
        {"brands": [{"name": "A", "terms": ["!!"]}]},
        "brands[0]: the term '!!' has no letters",
    ),
    (
        {"brands": [{"name": "A", "query": "a OR b"}]},
        {"brands": [{"name": "A", "query": "a OR OR b"}]},
        "brands[0].query: column 6: OR right behind OR",
    ),
    (
        {"brands": [{"name": "A", "query": "a lang:nl"}]},
        {"brands": [{"name": "A", "query": "a lang:it"}]},
        "brands[0].query: lang:it is none of the languages listened in (nl, en, de, fr, es)",
    ),
    (
        {"brands": [{"name": "A", "own_accounts": ["@a", "did:plc:abc"]}]},
        {"brands": [{"name": "A", "own_accounts": ["@a", "@"]}]},
        "brands[0].own_accounts[1]: expected the name of an account",
    ),
    (
        {"brands": [{"name": "A"}, {"name": "B"}]},
        {"brands": [{"name": "A"}, {"name": "A"}]},
        "brands: 'A' is there twice",
    ),
)


@pytest.mark.parametrize(("right", "wrong", "says"), RULES, ids=[rule[2] for rule in RULES])
def test_a_rule_is_kept_or_told_with_file_and_place(
    load: Load, right: dict[str, object], wrong: dict[str, object], says: str
) -> None:
    load(with_brand(**right))
    assert f"listener.yaml: {says}" in refusal(load, with_brand(**wrong))
