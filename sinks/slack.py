"""Slack, through an incoming webhook.

The webhook's URL is the only secret and all that is needed to post. It stands in no error text:
those say the host, the status and, if it is one of Slack's known words, what Slack said.
"""

from dataclasses import dataclass
from typing import Final, Literal

from detectors.records import Alert, Severity, dumps
from sinks.net import Answer, Outbound, OutboundError, check_url, retry_after
from sinks.secret import Secret
from sinks.settings import CommonSettings
from sinks.sink import DeliveryError
from sinks.slack_blocks import message

# https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors
_MENDS: Final = {
    "action_prohibited": "an administrator restricts posting to that channel",
    "channel_is_archived": "choose a channel that isn't archived",
    "channel_not_found": "the channel is gone; make a new webhook",
    "invalid_payload": "Slack can't read the message",
    "invalid_token": "the webhook's URL is wrong; copy it again",
    "no_active_hooks": "the webhook is switched off; make a new one",
    "no_service": "the webhook is gone or switched off; make a new one",
    "no_service_id": "the webhook's URL is wrong; copy it again",
    "no_team": "the webhook's URL is wrong; copy it again",
    "no_text": "Slack can't read the message",
    "posting_to_general_channel_denied": "choose a channel other than the general one",
    "rollup_error": "trouble within Slack",
    "team_disabled": "the workspace is disabled",
    "too_many_attachments": "Slack can't read the message",
    "user_not_found": "the webhook's user is gone; make a new webhook",
}


@dataclass(frozen=True, kw_only=True)
class SlackSettings(CommonSettings):
    """Settings of a Slack sink. `watch` is for a dashboard, so the bell starts at `issue`.

    Slack takes about one message a second per webhook, hence `min_interval`. `allow_http` and
    `allow_private` are for servers of your own that take Slack's format. `timeout` in seconds.
    """

    type: Literal["slack"] = "slack"
    min_severity: Severity = Severity.ISSUE
    min_interval: float = 1.0
    webhook_url: Secret
    timeout: float = 10.0
    allow_http: bool = False
    allow_private: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.webhook_url:
            raise ValueError("webhook_url: missing; it begins with https://hooks.slack.com/")
        try:
            check_url(self.webhook_url.reveal(), allow_http=self.allow_http)
        except ValueError as error:
            raise ValueError(f"webhook_url: {error}") from None
        if not 0 < self.timeout <= 60:
            raise ValueError("timeout: expected more than 0 and at most 60 seconds")

    def build(self) -> "SlackSink":
        return SlackSink(self)


class SlackSink:
    """Posts each alert as one message."""

    def __init__(self, settings: SlackSettings, outbound: Outbound | None = None) -> None:
        self.name = settings.name or settings.type
        self._url = settings.webhook_url
        self._outbound = outbound or Outbound(
            allow_http=settings.allow_http,
            allow_private=settings.allow_private,
            timeout=settings.timeout,
        )

    async def deliver(self, alert: Alert) -> None:
        try:
            answer = await self._outbound.request(
                "POST",
                self._url.reveal(),
                headers={"Content-Type": "application/json", "User-Agent": "listener"},
                content=dumps(message(alert)),
            )
        except OutboundError as error:
            raise DeliveryError(str(error), retryable=error.retryable) from None
        failure = classify(answer)
        if failure is not None:
            raise failure

    async def close(self) -> None:
        await self._outbound.aclose()


def classify(answer: Answer) -> DeliveryError | None:
    """What Slack's answer means; `None` is success, which is status 200 with the body ``ok``.

    Too many requests and trouble of Slack's own pass; everything else stays wrong until somebody
    mends it. A redirect counts as wrong: the webhooks of Slack don't, so another server answers.
    """
    word = answer.body[:100].decode("utf-8", errors="replace").strip()
    if answer.status == 200:
        if word == "ok":
            return None
        return DeliveryError("answered 200 but not with Slack's “ok”", retryable=False)
    said = f" {word}: {_MENDS[word]}" if word in _MENDS else ""
    if 300 <= answer.status < 400:
        said = " redirect, which is not followed: check the webhook's URL"
    return DeliveryError(
        f"answered {answer.status}{said}",
        retryable=answer.status == 429 or answer.status >= 500,
        retry_after=retry_after(answer.headers),
    )
