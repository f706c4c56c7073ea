"""Who may push to the webhook: tokens, signatures as others make them, and nobody twice."""

import hmac
import json
from datetime import timedelta

import pytest

from sinks.secret import Secret
from tests.integration.webhook_bench import (
    JSON,
    NOW,
    TOKEN,
    WHSEC,
    Bench,
    bench,
    hub,
    said,
    standard,
)


class TestWhoMaySend:
    async def test_the_meta_handshake(self) -> None:
        token = Secret("verify me, please")
        async with bench(auth="hmac", verify_token=token) as pushed:
            asked = {
                "hub.mode": "subscribe",
                "hub.verify_token": token.reveal(),
                "hub.challenge": "1158201444",
            }
            right = await pushed.client.get(pushed.url, params=asked)
            assert (right.status_code, right.text) == (200, "1158201444")
            for wrong, status in (
                ({"hub.verify_token": "guessed"}, 403),
                ({"hub.mode": "unsubscribe"}, 400),
                ({"hub.challenge": "<script>"}, 400),
            ):
                answer = await pushed.client.get(pushed.url, params=asked | wrong)
                assert answer.status_code == status
                assert "1158201444" not in answer.text

    async def test_a_body_signed_as_github_and_meta_do(self) -> None:
        async with bench(auth="hmac") as pushed:
            body = json.dumps(said(1)).encode()
            assert (await pushed.post(body, hub(body))).status_code == 202
            assert (await pushed.post(body + b" ", hub(body))).status_code == 401
            assert (await pushed.post(body, JSON)).status_code == 401
            assert (await pushed.client.get(pushed.url)).status_code == 405
        assert len(pushed.log.mentions) == 1

    async def test_a_body_signed_as_meltwater_does(self) -> None:
        async with bench(auth="hmac", header="X-Hub-Signature", digest="sha1") as pushed:
            body = json.dumps(said(1)).encode()
            signature = "sha1=" + hmac.digest(TOKEN.encode(), body, "sha1").hex()
            assert (
                await pushed.post(body, JSON | {"X-Hub-Signature": signature})
            ).status_code == 202
            wrong = JSON | {"X-Hub-Signature": signature.replace("sha1", "sha256")}
            assert (await pushed.post(body, wrong)).status_code == 401
        async with bench(auth="hmac") as pushed:  # nobody may choose the weaker one
            weaker = JSON | {"X-Hub-Signature-256": signature}
            assert (await pushed.post(body, weaker)).status_code == 401

    async def test_a_standard_webhook_once_and_its_sender_s_second_try(self) -> None:
        async with bench(auth="standard-webhooks", secret=Secret(WHSEC)) as pushed:
            body = json.dumps(said(1)).encode()
            assert (await pushed.post(body, standard(body))).status_code == 202
            replayed = await pushed.post(body, standard(body))
            assert replayed.status_code == 409
            later = standard(body, at=NOW + timedelta(seconds=60))
            assert (await pushed.post(body, later)).status_code == 202
            pushed.now = NOW + timedelta(seconds=301)
            stale = await pushed.post(body, standard(body, "msg_2"))
            assert stale.status_code == 401
            assert "webhook-timestamp" in stale.json()["error"]
        assert len({mention.key for mention in pushed.log.mentions}) == 1

    async def test_one_of_several_signatures_is_enough(self) -> None:
        async with bench(auth="standard-webhooks", secret=Secret(WHSEC)) as pushed:
            body = json.dumps(said(1)).encode()
            headers = standard(body)
            headers["webhook-signature"] = f"v1a,xyz v1,AAAA {headers['webhook-signature']}"
            assert (await pushed.post(body, headers)).status_code == 202

    async def test_what_was_not_accepted_may_come_again_as_it_was(self) -> None:
        async with bench(auth="standard-webhooks", secret=Secret(WHSEC), timeout=1) as pushed:
            body = json.dumps(said(1)).encode()
            pushed.log.gate.clear()
            assert (await pushed.post(body, standard(body))).status_code == 503
            pushed.log.gate.set()
            assert (await pushed.post(body, standard(body))).status_code == 202

    async def test_without_a_guard_no_web_page_gets_in(self) -> None:
        async with bench(auth="none") as pushed:
            page = JSON | {"Origin": "https://example.com"}
            assert (await pushed.post(said(1), page)).status_code == 403
            assert pushed.untouched
            assert (await pushed.post(said(1), JSON)).status_code == 202

    @pytest.mark.parametrize(
        "headers",
        [
            JSON,
            JSON | {"Authorization": TOKEN},
            JSON | {"Authorization": f"Basic {TOKEN}"},
            JSON | {"Authorization": f"Bearer {TOKEN}x"},
            JSON | {"Authorization": "Bearer"},
        ],
    )
    async def test_another_token_is_none(self, pushed: Bench, headers: dict[str, str]) -> None:
        answer = await pushed.post(said(1), headers)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert TOKEN not in answer.text
        assert pushed.untouched
