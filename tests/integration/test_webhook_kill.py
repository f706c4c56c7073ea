"""kill -9 while requests come in: whatever was answered 202 is there afterwards."""

import asyncio
import contextlib
import subprocess
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from detectors.dedupe import seen_key
from detectors.records import dumps, parse_mention
from detectors.records.envelope import parse_envelope
from listener.engines.embedded import STATE_FILE
from listener.engines.store import Store
from tests.faults.topics import records
from tests.integration.listener_command import free_port, running, write_config
from tests.integration.webhook_bench import BEARER, TOKEN, listening

SENDERS = 3
ENOUGH = 3
SIZE = 300
WHEN = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)
Known = Callable[[set[str]], set[str]]


def names(request: str) -> set[str]:
    return {f"{request}-{number}" for number in range(SIZE)}


def body(request: str) -> bytes:
    """So much that it takes the engine longer than an answer takes to its sender."""
    text = "Kwikzilver: no parcel again, and nobody there who picks up the phone, number"
    when = WHEN.isoformat()
    said = [{"id": n, "text": f"{text} {n}", "published_at": when} for n in names(request)]
    return dumps(said)


async def push_until_killed(port: int, process: subprocess.Popen[bytes]) -> set[str]:
    """Several senders at once; gives the requests that were answered 202."""
    accepted: set[str] = set()
    sent: set[str] = set()

    async def send(sender: int, client: httpx.AsyncClient) -> None:
        for number in range(1000):
            request = f"{sender}-{number}"
            content = body(request)
            sent.add(request)
            url = f"http://127.0.0.1:{port}/mentions"
            answer = await client.post(url, content=content, headers=BEARER)
            if len(accepted) == ENOUGH:
                process.kill()
            assert answer.status_code == 202, answer.text
            accepted.add(request)

    async with httpx.AsyncClient(trust_env=False, timeout=20) as client:
        senders = [asyncio.create_task(send(number, client)) for number in range(SENDERS)]
        for sender in senders:
            with contextlib.suppress(httpx.TransportError):
                await sender
    assert sent - accepted, "it was to be killed with requests in hand"
    return accepted


def in_state(data_dir: Path) -> Known:
    def known(wanted: set[str]) -> set[str]:
        store = Store(data_dir / STATE_FILE)
        seen = set(store.seen())
        store.close()
        now = datetime.now(UTC)
        keys = {
            name: seen_key(
                parse_mention(
                    {"id": name, "text": "any", "published_at": WHEN}, now=now, source="webhook"
                )
            )
            for name in wanted
        }
        return {name for name, key in keys.items() if key in seen}

    return known


def on_topic(bootstrap: str, topic: str) -> Known:
    def known(wanted: set[str]) -> set[str]:
        now = datetime.now(UTC)
        envelopes = [parse_envelope(r.value, now=now)[0] for r in records(bootstrap, topic)]
        return wanted & {mention.id for envelope in envelopes for mention in envelope.mentions}

    return known


@pytest.mark.parametrize("engine", ["embedded", pytest.param("kafka", marks=pytest.mark.kafka)])
async def test_what_was_answered_202_survives_a_kill(
    request: pytest.FixtureRequest, tmp_path: Path, engine: str
) -> None:
    port = free_port()
    webhook = {"type": "webhook", "port": port, "secret": "${PUSH_TOKEN}"}
    settings: dict[str, object] = {"connectors": [webhook]}
    command, known = "run", in_state(tmp_path / "data")
    if engine == "kafka":
        bootstrap, prefix = request.getfixturevalue("kafka"), f"push-{uuid.uuid4().hex[:8]}."
        settings |= {"broker": f"kafka://{bootstrap}", "kafka": {"prefix": prefix, "partitions": 1}}
        command, known = "ingest", on_topic(bootstrap, f"{prefix}mentions")
    config = write_config(tmp_path, **settings)
    with running(command, "--config", config, PUSH_TOKEN=TOKEN) as process:
        await listening(port)
        accepted = await push_until_killed(port, process)
    assert len(accepted) > ENOUGH
    promised = {name for request in accepted for name in names(request)}
    assert promised - known(promised) == set()
