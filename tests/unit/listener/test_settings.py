"""The configuration: for each rule what keeps it, what breaks it, and what the refusal says."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from detectors.settings import DetectionSettings, Level
from listener.brands import Brand
from listener.config_file import read_config
from listener.errors import UsageError
from listener.settings import Settings, load_settings, make_settings

SECRET = "s3cr3t-T0ken"
Load = Callable[..., Settings]


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("LISTENER_", "SLACK_")):
            monkeypatch.delenv(name)


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Loads a configuration that is given as YAML text or as values."""
    path = tmp_path / "listener.yaml"

    def _load(content: str | dict[str, object], *changes: str) -> Settings:
        text = content if isinstance(content, str) else yaml.safe_dump(content)
        path.write_text(text, "utf-8")
        return load_settings(path, changes=changes)

    return _load


def with_brand(**values: object) -> dict[str, object]:
    return {"brands": [{"name": "Acme"}], **values}


def refusal(load: Load, content: str | dict[str, object], *changes: str) -> str:
    with pytest.raises(UsageError) as caught:
        load(content, *changes)
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_a_brand_is_all_that_is_needed(load: Load) -> None:
    settings = load("brands: [{name: Acme}]")
    assert settings.brands == (Brand("Acme"),)
    assert settings.detection == DetectionSettings()
    assert (settings.broker, settings.connectors, settings.sinks) == ("", (), ())
    assert (settings.metrics.host, settings.metrics.port) == ("127.0.0.1", 9108)


def test_the_configuration_that_comes_along_is_right() -> None:
    path = Path(__file__).resolve().parents[3] / "config" / "listener.yaml"
    assert load_settings(path).brands


REPLAY = {"type": "replay", "path": "m.jsonl"}
WEBHOOK = {"type": "webhook", "secret": "a-secret-for-tests"}
SLACK = {"type": "slack", "webhook_url": "https://hooks.slack.com/services/T/B/x"}
JSONL = {"type": "jsonl", "path": "alerts.jsonl"}
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


def test_a_misspelt_key_is_told_before_the_one_that_it_leaves_missing(load: Load) -> None:
    assert "brand: no such setting (and 1 more)" in refusal(load, {"brand": [{"name": "Acme"}]})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "expected settings like 'brands:', found none"),
        ("- a", "expected settings like 'brands:', found none"),
        ("1: 2", "expected settings like 'brands:', found none"),
        ("brands: [", "listener.yaml:1:10: not YAML"),
        ("brands:\n  - name: a: b", "listener.yaml:2:12: not YAML: mapping values"),
        ("\tbrands: []", "listener.yaml:1:1: not YAML"),
        ("brands: [{name: A}]\nlateness: 1\nlateness: 2", "listener.yaml:3:1: not YAML: the key"),
        ("[" * 2000, "nested too deeply"),
        ("[" * 500_000 + "]" * 500_000, "nested too deeply"),
        ("a: &a [*a]", "nested too deeply"),
        ("x: !!python/object:os.system y", "not YAML"),
        ("# " + "x" * 1024 * 1024, "larger than 1048576 bytes"),
    ],
)
def test_what_is_no_configuration_is_told_with_its_place(load: Load, text: str, says: str) -> None:
    assert says in refusal(load, text)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    for path, says in ((tmp_path / "none.yaml", "no such file"), (tmp_path, "directory")):
        with pytest.raises(UsageError, match=says) as caught:
            read_config(path)
        assert str(path) in str(caught.value)
    latin = tmp_path / "latin.yaml"
    latin.write_bytes(b"brands: [{name: caf\xe9}]")
    with pytest.raises(UsageError, match=r"latin\.yaml: not YAML"):
        read_config(latin)


def test_a_level_may_be_given_in_part(load: Load) -> None:
    settings = load(with_brand(detection={"issue": {"ratio": 3.5}}))
    default = DetectionSettings().issue
    assert settings.detection.issue == Level(default.floor, 3.5, default.chance)
    assert settings.detection.serious == DetectionSettings().serious


class TestTheEnvironment:
    def test_fills_in_what_the_file_leaves_to_it(
        self, load: Load, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("STATE", "/var/lib/listener")
        monkeypatch.setenv("EMPTY", "")
        settings = load(
            "brands: [{name: '${BRAND:-Acme}', terms: ['@${BRAND:-acme}', '${EMPTY:-x}', '$5']}]\n"
            "data_dir: ${STATE}/now"
        )
        assert settings.brands == (Brand("Acme", ("@acme", "x", "$5")),)
        assert settings.data_dir == Path("/var/lib/listener/now")

    def test_may_name_a_file_that_holds_the_value(
        self, load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "hook").write_text("https://hooks.slack.com/services/T/B/x\n")
        monkeypatch.setenv("HOOK_FILE", str(tmp_path / "hook"))
        (sink,) = load(with_brand(sinks=[SLACK | {"webhook_url": "${HOOK}"}])).sinks
        assert sink.type == "slack"
        assert sink.webhook_url.reveal() == "https://hooks.slack.com/services/T/B/x"

    def test_that_lacks_a_variable_is_told_with_the_place_that_wants_it(self, load: Load) -> None:
        text = refusal(load, with_brand(sinks=[SLACK | {"webhook_url": "${HOOK}"}]))
        assert "sinks[0].webhook_url: set HOOK in the environment, or HOOK_FILE" in text

    def test_that_names_a_file_which_is_not_there_is_told(
        self, load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HOOK_FILE", str(tmp_path / "none"))
        text = refusal(load, with_brand(data_dir="${HOOK}"))
        assert f"HOOK_FILE: {tmp_path / 'none'} can't be read" in text

    def test_overrules_the_file(self, load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("LISTENER_BROKER", "kafka://broker:9092")
        monkeypatch.setenv("LISTENER_DATA_DIR", "/elsewhere")
        monkeypatch.setenv("LISTENER_METRICS__PORT", "0")
        monkeypatch.setenv("LISTENER_DETECTION__ISSUE__RATIO", "4")
        settings = load(
            with_brand(
                broker="kafka://old:9092",
                data_dir="here",
                metrics={"port": 1, "host": "::1"},
                detection={"issue": {"floor": 9}},
            )
        )
        assert settings.broker == "kafka://broker:9092"
        assert settings.data_dir == Path("/elsewhere")
        assert (settings.metrics.host, settings.metrics.port) == ("::1", 0)
        assert settings.detection.issue == Level(9, 4.0, DetectionSettings().issue.chance)

    @pytest.mark.parametrize(
        ("name", "value", "says"),
        [
            ("LISTENER_METRICS__PORT", SECRET, "expected a valid integer"),
            ("LISTENER_METRICS__PROT", "1", "no such setting"),
            ("LISTENER_BROKER", SECRET, "expected kafka://host:port"),
            ("LISTENER_CONNECTORS", SECRET, "expected JSON"),
            ("LISTENER_KAFKA__PARTITIONS", "0", "expected greater than or equal to 1"),
        ],
    )
    def test_that_is_wrong_is_told_by_the_variables_name(
        self, load: Load, monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
    ) -> None:
        monkeypatch.setenv(name, value)
        text = refusal(load, with_brand())
        assert text.startswith(f"{name}: {says}")
        assert SECRET not in text

    def test_may_switch_slack_on(self, load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SLACK_WEBHOOK_URL", "https://hooks.slack.com/services/T/B/x")
        assert [sink.type for sink in load(with_brand(sinks=[JSONL])).sinks] == ["jsonl", "slack"]
        assert [sink.type for sink in load(with_brand(sinks=[SLACK])).sinks] == ["slack"]

    def test_with_a_wrong_webhook_is_told_by_the_variables_name(
        self, load: Load, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SLACK_WEBHOOK_URL", SECRET)
        text = refusal(load, with_brand())
        assert text.startswith("SLACK_WEBHOOK_URL: ")
        assert SECRET not in text


@pytest.mark.parametrize(
    "content",
    [
        with_brand(sinks=[SLACK | {"webhook_url": f"http://host.example/{SECRET}"}]),
        with_brand(sinks=[SLACK | {"webhook_url": [SECRET]}]),
        with_brand(sinks=[SLACK | {"webhook_url": {"value": SECRET}}]),
        with_brand(sinks=[{"type": "slack", "webhook_url": SECRET, "timeout": SECRET}]),
        with_brand(sinks=[{"type": SECRET}]),
        with_brand(sinks=[SECRET]),
        with_brand(sinks=SECRET),
        with_brand(broker=f"http://user:{SECRET}@host"),
        with_brand(metrics={"port": SECRET}),
        with_brand(languages=[SECRET]),
        with_brand(data_dir={"value": SECRET}),
        f"brands: [{{name: Acme}}]\nsinks: [{{type: slack, webhook_url: *{SECRET}}}]",
        f"brands: [{{name: Acme}}]\nsinks: [{{type: slack, webhook_url: !{SECRET} x}}]",
        f"brands: [{{name: Acme}}]\nsinks: [{{type: slack, webhook_url: '{SECRET}]",
    ],
)
def test_no_refusal_shows_a_value(load: Load, content: str | dict[str, object]) -> None:
    assert SECRET not in refusal(load, content)


def test_settings_do_not_show_a_secret_when_printed(load: Load) -> None:
    url = f"https://hooks.slack.com/services/T/B/{SECRET}"
    settings = load(with_brand(sinks=[SLACK | {"webhook_url": url}]))
    assert SECRET not in f"{settings} {settings!r} {settings.sinks}"


class TestSingleChanges:
    def test_are_made_to_what_the_file_says(self, load: Load) -> None:
        settings = load(
            with_brand(detection={"issue": {"floor": 9}}, lateness=7),
            "detection.issue.ratio=2.5",
            "detection.windows=[600, 1200]",
            "metrics.host='::1'",
        )
        assert settings.detection.issue == Level(9, 2.5, DetectionSettings().issue.chance)
        assert settings.detection.windows == (600, 1200)
        assert settings.metrics.host == "::1"
        assert settings.lateness == timedelta(seconds=7)

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            ("detection.issue.ratio", "--set: expected KEY=VALUE"),
            ("detection.issue.ration=2", "detection.issue.ration: no such setting"),
            ("detection.share_sigmas=[1", "--set detection.share_sigmas: can't read the value"),
            ("=2", "no such setting"),
            ("brands.0.name=X", "brands: expected a list"),
        ],
    )
    def test_that_make_no_sense_are_told(self, load: Load, change: str, says: str) -> None:
        assert says in refusal(load, with_brand(), change)


def test_settings_can_be_made_without_a_file() -> None:
    settings = make_settings({"brands": [Brand("Acme")]}, "--brand", ["lateness=3"])
    assert settings.lateness == timedelta(seconds=3)
    with pytest.raises(UsageError, match="--brand: brands: 'Acme' is there twice"):
        make_settings({"brands": [Brand("Acme"), Brand("Acme")]}, "--brand")


def test_alerts_do_not_come_back_to_the_topic_that_they_are_read_from() -> None:
    brands, sinks = [{"name": "Acme"}], [{"type": "kafka", "bootstrap": "localhost:9092"}]
    values: dict[str, object] = {"brands": brands, "sinks": sinks}
    assert make_settings(values, "file").sinks
    with pytest.raises(UsageError, match=r"sinks\[0\]\.topic: crisis-alerts is where the engine"):
        make_settings({**values, "broker": "kafka://localhost:9092"}, "file")
