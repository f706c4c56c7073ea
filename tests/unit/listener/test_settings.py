"""The configuration: what it may be, single changes to it, and what is said where it is none."""

from datetime import timedelta
from pathlib import Path

import pytest

from detectors.settings import DetectionSettings, Level
from listener.brands import Brand
from listener.config_file import read_config
from listener.errors import UsageError
from listener.settings import load_settings, make_settings
from tests.unit.listener.configurations import SECRET, SLACK, Load, refusal, with_brand

pytestmark = pytest.mark.usefixtures("bare_environment")


def test_a_brand_is_all_that_is_needed(load: Load) -> None:
    settings = load("brands: [{name: Acme}]")
    assert settings.brands == (Brand("Acme"),)
    assert settings.detection == DetectionSettings()
    assert (settings.broker, settings.connectors, settings.sinks) == ("", (), ())
    assert (settings.metrics.host, settings.metrics.port) == ("127.0.0.1", 9108)


def test_the_configuration_that_comes_along_is_right() -> None:
    path = Path(__file__).resolve().parents[3] / "config" / "listener.yaml"
    assert load_settings(path).brands


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
