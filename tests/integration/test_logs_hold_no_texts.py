"""A whole run, an incident and unreadable lines among it, logs no text of a mention."""

import json
from pathlib import Path

from tests.integration.listener_command import listener, write_config
from tests.integration.story import mentions, write_recording


def test_what_people_wrote_is_not_in_the_log(tmp_path: Path) -> None:
    recording = write_recording(tmp_path / "recording.jsonl")
    with recording.open("a") as file:
        file.write('{"text": "Kwikzilver told me a secret", "published_at": "the day before"}\n')
        file.write('{"text": "Kwikzilver told me a secret"\n')
    done = listener("run", "--config", write_config(tmp_path), "--until-done")
    assert done.returncode == 0
    log = done.stderr.decode()
    facts = [json.loads(line) for line in log.splitlines()]
    alerts = [fact for fact in facts if fact["event"] == "alert"]
    assert alerts
    assert all(fact["mentions"] for fact in alerts[:-1])
    assert "told me a secret" not in log
    assert [row["text"] for row in mentions() if str(row["text"])[:25] in log] == []
