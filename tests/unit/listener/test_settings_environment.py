"""What the configuration takes from the environment, and what is said where it can't."""

from pathlib import Path

import pytest

from detectors.settings import DetectionSettings, Level
from listener.brands import Brand
from tests.unit.listener.configurations import JSONL, SECRET, SLACK, Load, refusal, with_brand


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
