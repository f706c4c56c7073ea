"""What becomes of the stored state when the configuration changes between two runs."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from detectors.records import Mention
from detectors.settings import DetectionSettings
from listener.brands import Brand
from listener.engines.embedded import EmbeddedEngine
from listener.ingest import Ingest, Portion
from listener.metrics import Metrics
from listener.pipeline import PipelineSettings
from listener.service import make_connectors, make_routes, run_embedded
from listener.settings import make_settings
from tests.integration.listener_command import lines
from tests.integration.story import rings, write_recording

START = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
NOW = START + timedelta(days=1)


def engine(folder: Path, *brands: str, windows: Sequence[int] = (300, 900)) -> EmbeddedEngine:
    settings = PipelineSettings(
        tuple(Brand(name) for name in brands), detection=DetectionSettings(tuple(windows))
    )
    return EmbeddedEngine(
        settings, folder, sinks=[], observer=Metrics(CollectorRegistry()), clock=lambda: NOW
    )


def portion(*minutes: int, text: str = "acme and zork") -> Portion:
    mentions = [
        Mention(id=f"{text}{minute}", text=text, published_at=START + timedelta(minutes=minute))
        for minute in minutes
    ]
    return Portion(mentions, (), START + timedelta(minutes=max(minutes), seconds=20))


async def counts(running: EmbeddedEngine) -> dict[str, int]:
    return await running.look(
        lambda detector: {brand: state.total.mentions for brand, state in detector.states.items()}
    )


async def test_state_comes_back(tmp_path: Path) -> None:
    first = engine(tmp_path, "acme")
    await first.append(portion(1, 2, 3))
    await first.close()
    second = engine(tmp_path, "acme")
    await second.append(portion(3, 4))
    assert await counts(second) == {"acme": 4}
    await second.close()


@pytest.mark.parametrize("windows", [(300,), (600, 3600), (300, 900, 7200)])
async def test_other_windows_start_empty_and_the_rest_stays(
    tmp_path: Path, windows: Sequence[int]
) -> None:
    first = engine(tmp_path, "acme")
    await first.append(portion(1, 2, 3))
    await first.close()
    second = engine(tmp_path, "acme", windows=windows)
    await second.append(portion(4, 5))
    assert await counts(second) == {"acme": 5}
    await second.close()


async def test_a_brand_can_come_go_and_come_back(tmp_path: Path) -> None:
    for brands, minutes in ((["acme"], (1, 2)), (["zork"], (3, 4)), (["acme", "zork"], (5, 6))):
        running = engine(tmp_path, *brands)
        await running.append(portion(*minutes))
        await running.close()
    last = engine(tmp_path, "acme", "zork")
    assert await counts(last) == {"acme": 4, "zork": 4}
    await last.close()


async def test_alerts_for_a_sink_that_is_gone_are_dead_letters(tmp_path: Path) -> None:
    """And those of a sink that stayed are delivered, once."""
    recording = write_recording(tmp_path / "recording.jsonl")
    (tmp_path / "out").mkdir()

    def settings(*names: str) -> dict[str, object]:
        return {
            "brands": [{"name": "Kwikzilver", "terms": ["Kwikzilver", "@kwikzilver"]}],
            "connectors": [{"type": "replay", "path": str(recording), "speed": 0}],
            "data_dir": str(tmp_path / "data"),
            "metrics": {"port": 0},
            "sinks": [
                {"type": "jsonl", "name": name, "path": str(tmp_path / "out" / f"{name}.jsonl")}
                for name in names
            ],
        }

    heard = make_settings(settings("gone", "stays"), "test")
    held_up = EmbeddedEngine(
        heard.pipeline,
        tmp_path / "data",
        sinks=["gone", "stays"],
        observer=Metrics(CollectorRegistry()),
    )
    await Ingest(
        make_connectors(heard),
        held_up,
        observer=Metrics(CollectorRegistry()),
        lateness=timedelta(0),
    ).run()
    await held_up.close()
    assert list((tmp_path / "out").iterdir()) == []

    now = make_settings(settings("stays"), "test")
    await run_embedded(now, make_connectors(now), make_routes(now), until_done=True)
    assert lines(tmp_path / "out" / "stays.jsonl") == rings()
    letters = lines(tmp_path / "data" / "dead-letters.jsonl")
    assert [letter["alert"] for letter in letters] == rings()
    assert {letter["sink"] for letter in letters} == {"gone"}
