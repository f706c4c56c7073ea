"""The inbound webhook over real HTTP: what is taken, and when it is answered."""

import asyncio
import gzip
import json
from datetime import timedelta
from unittest.mock import patch

import httpx
import pytest
from structlog.testing import capture_logs

from detectors.records import Deletion
from listener.connectors.webhook import WebhookConnector, WebhookSettings
from listener.errors import UsageError
from tests.integration.webhook_bench import (
    BEARER,
    JSON,
    NOW,
    Bench,
    bench,
    said,
)

JSONL = BEARER | {"Content-Type": "application/x-ndjson"}
EVENT = {"specversion": "1.0", "id": "e1", "source": "/shop", "type": "review"}


class TestWhatIsTaken:
    async def test_one_mention(self, pushed: Bench) -> None:
        answer = await pushed.post(said(1, source="Shop"))
        assert answer.status_code == 202
        told = answer.json()
        assert (told["accepted"], told["rejected"]) == (1, 0)
        (mention,) = pushed.log.mentions
        assert (mention.id, mention.text, mention.source) == ("1", "text 1", "shop")

    async def test_an_array_and_json_lines(self, pushed: Bench) -> None:
        lines = b"\n".join(json.dumps(said(number)).encode() for number in (3, 4)) + b"\n\n"
        for body, headers in (([said(1), said(2)], BEARER), (lines, JSONL)):
            assert (await pushed.post(body, headers)).json()["accepted"] == 2
        assert [mention.id for mention in pushed.log.mentions] == ["1", "2", "3", "4"]

    async def test_gzip(self, pushed: Bench) -> None:
        packed = gzip.compress(json.dumps(said(1)).encode())
        answer = await pushed.post(packed, BEARER | {"Content-Encoding": "gzip"})
        assert answer.status_code == 202
        assert len(pushed.log.mentions) == 1

    async def test_more_than_a_portion_is_answered_when_all_of_it_is_safe(
        self, pushed: Bench
    ) -> None:
        answer = await pushed.post([said(number) for number in range(1234)])
        assert answer.json()["accepted"] == 1234
        assert [int(mention.id) for mention in pushed.log.mentions] == list(range(1234))
        assert len(pushed.log.portions) == 3

    async def test_the_bad_items_of_a_body_are_kept_with_their_place_and_cost_no_other(
        self, pushed: Bench
    ) -> None:
        answer = await pushed.post([said(1), {"text": "no date"}, 7, said(2)])
        assert answer.status_code == 202
        told = answer.json()
        assert (told["accepted"], told["rejected"]) == (2, 2)
        assert told["errors"] == [
            {"where": "[1]", "code": "missing_date", "reason": "published_at: missing"},
            {
                "where": "[2]",
                "code": "not_an_object",
                "reason": "mention: expected a JSON object, got a number",
            },
        ]
        kept = [(rejection.where, rejection.raw) for rejection in pushed.log.rejections]
        where = f"webhook: request {told['request']}"
        assert kept == [(f"{where}: [1]", '{"text": "no date"}'), (f"{where}: [2]", "7")]

    async def test_nothing_at_all_is_fine(self, pushed: Bench) -> None:
        answer = await pushed.post([])
        assert (answer.status_code, answer.json()["accepted"]) == (202, 0)
        assert pushed.untouched

    async def test_what_is_sent_twice_bears_the_same_key(self, pushed: Bench) -> None:
        without_id = {name: value for name, value in said(1).items() if name != "id"}
        for _ in range(2):
            assert (await pushed.post(without_id)).status_code == 202
        first, again = pushed.log.mentions
        assert first.key == again.key

    async def test_a_deletion_is_passed_on(self) -> None:
        async with bench(map={"id": "guid", "deleted": "is_gone"}, source="Shop") as pushed:
            answer = await pushed.post([{"guid": 7, "is_gone": True}, said(8, guid=8)])
            assert answer.json()["accepted"] == 2
        assert pushed.observer.deletions == [Deletion("shop", "7")]

    async def test_fields_are_found_where_the_map_says(self) -> None:
        async with bench(
            items="data.results",
            map={"text": "body.plain", "published_at": "date", "author": "by.0.name", "kind": "at"},
            source="reviews",
            kind="review",
            kinds={"Twitter": "microblog"},
        ) as pushed:
            one = {"body": {"plain": "hello"}, "date": 1768474800, "by": [{"name": "kim"}]}
            body = {"data": [{"results": [one]}, {"results": [one | {"at": "twitter", "id": 1}]}]}
            assert (await pushed.post(body)).json()["accepted"] == 2
        first, second = pushed.log.mentions
        assert (first.text, first.author, first.source) == ("hello", "kim", "reviews")
        assert (first.kind, second.kind) == ("review", "microblog")

    async def test_markup_goes_where_the_texts_hold_it(self) -> None:
        async with bench(html=True) as pushed:
            await pushed.post(said(1, text="<p>no &amp; <b>never</b></p>"))
        assert pushed.log.mentions[0].text == "no & never"


class TestCloudEvents:
    async def test_the_data_is_the_mention_and_the_event_fills_in(self, pushed: Bench) -> None:
        event = EVENT | {"time": "2026-01-15T11:00:00Z", "data": {"text": "hello"}}
        headers = BEARER | {"Content-Type": "application/cloudevents+json; charset=UTF-8"}
        assert (await pushed.post(event, headers)).status_code == 202
        (mention,) = pushed.log.mentions
        assert (mention.id, mention.text) == ("e1 /shop", "hello")
        assert mention.published_at == NOW - timedelta(hours=1)

    async def test_a_batch_and_data_in_base64(self, pushed: Bench) -> None:
        packed = "eyJpZCI6IDIsICJ0ZXh0IjogInR3byIsICJwdWJsaXNoZWRfYXQiOiAxNzY4NDc0ODAwfQ=="
        events = [
            EVENT | {"data": said(1)},
            EVENT | {"data_base64": packed},
            EVENT | {"specversion": "0.3", "data": said(3)},
            EVENT,
            "no event",
        ]
        headers = BEARER | {"Content-Type": "application/cloudevents-batch+json"}
        told = (await pushed.post(events, headers)).json()
        assert [mention.id for mention in pushed.log.mentions] == ["1", "2"]
        assert [error["where"] for error in told["errors"]] == ["[2]", "[3]", "[4]"]


class TestWhenItIsAnswered:
    async def test_not_before_the_engine_has_it(self, pushed: Bench) -> None:
        pushed.log.gate.clear()
        post = asyncio.create_task(pushed.post(said(1)))
        await pushed.log.asked.wait()
        _, pending = await asyncio.wait({post}, timeout=0.2)
        assert pending
        pushed.log.gate.set()
        assert (await post).status_code == 202

    async def test_if_the_engine_fails_the_sender_is_to_come_again(self, pushed: Bench) -> None:
        pushed.log.gate.clear()
        pushed.log.fails = OSError("disk full")
        post = asyncio.create_task(pushed.post(said(1)))
        await pushed.log.asked.wait()
        pushed.log.gate.set()
        answer = await post
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert pushed.log.mentions == []

    async def test_if_it_is_stopped_the_sender_is_to_come_again(self, pushed: Bench) -> None:
        pushed.log.gate.clear()
        post = asyncio.create_task(pushed.post(said(1)))
        await pushed.log.asked.wait()
        pushed.task.cancel()
        assert (await post).status_code == 503

    async def test_if_it_takes_too_long_the_sender_is_to_come_again(self) -> None:
        async with bench(timeout=1) as pushed:
            pushed.log.gate.clear()
            first = asyncio.create_task(pushed.post(said(1)))
            await pushed.log.asked.wait()
            second = await pushed.post(said(2))
            assert ((await first).status_code, second.status_code) == (503, 503)
            pushed.log.gate.set()
            assert (await pushed.post(said(3))).status_code == 202
            assert [mention.id for mention in pushed.log.mentions] == ["1", "3"]

    async def test_so_many_requests_wait_and_no_more(self) -> None:
        async with bench(max_waiting=2) as pushed:
            pushed.log.gate.clear()
            waiting = {asyncio.create_task(pushed.post(said(number))) for number in range(5)}
            refused: list[httpx.Response] = []
            while len(refused) < 3:
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                refused += [post.result() for post in done]
            pushed.log.gate.set()
            assert [answer.status_code for answer in refused] == [503] * 3
            assert all("Retry-After" in answer.headers for answer in refused)
            assert [(await post).status_code for post in waiting] == [202] * 2

    async def test_a_batch_that_was_not_stored_is_brought_again(self, unused_tcp_port: int) -> None:
        settings = WebhookSettings(type="webhook", auth="none", port=unused_tcp_port)
        connector = WebhookConnector(settings, clock=lambda: NOW)
        with patch("listener.connectors.webhook.connector._LONGEST_WAIT", 0.05):
            empty = await connector.fetch(None, NOW)
            async with httpx.AsyncClient(trust_env=False, timeout=20) as client:
                url = f"http://127.0.0.1:{unused_tcp_port}{settings.path}"
                post = asyncio.create_task(client.post(url, json=said(1)))
                first = empty
                while not first.mentions:
                    first = await connector.fetch(first.cursor, NOW)
                again = await connector.fetch(empty.cursor, NOW)
                assert first == again
                assert [mention.id for mention in first.mentions] == ["1"]
                assert not post.done()
                await connector.fetch(first.cursor, NOW)
                assert (await post).status_code == 202
        await connector.close()


async def test_what_is_turned_away_is_counted_and_logged_without_what_was_written(
    pushed: Bench,
) -> None:
    with capture_logs() as logs:
        answer = await pushed.post(said(1, published_at="a secret of mine"))
    assert answer.status_code == 400
    assert "a secret of mine" in answer.text
    assert [line["reason"] for line in logs] == ["no mention can be read: body: bad_date"]
    assert (await pushed.post(said(1), JSON)).status_code == 401
    assert (await pushed.post(said(1))).status_code == 202
    assert sum(batch.refused or 0 for batch in pushed.observer.batches) == 2


async def test_a_port_that_is_taken_is_told_with_the_mend(pushed: Bench) -> None:
    port = int(pushed.url.split(":")[2].split("/")[0])
    settings = WebhookSettings(type="webhook", auth="none", port=port)
    with pytest.raises(UsageError, match=rf"can't listen on 127\.0\.0\.1:{port}: .*; set"):
        await WebhookConnector(settings).fetch(None, NOW)
