"""What an operator sets of the Mastodon connector."""

import re
from dataclasses import dataclass
from typing import Final, Literal

import httpx

from listener.connectors.checks import require_between, require_url
from sinks.secret import Secret

StreamName = Literal["public", "public/local", "hashtag"]

_HASHTAG: Final = re.compile(r"\w{1,100}")
_DAY: Final = 86400.0


@dataclass(frozen=True, slots=True)
class MastodonSettings:
    """`url` is that of the instance, `token` that of a user of it, with the scope read:statuses.

    `stream` is everything that the instance sees, what its own people write, or one `hashtag`.
    The first fetch goes back by `history`, and after a gap by at most `backfill`; both, and
    `timeout`, in seconds.
    """

    type: Literal["mastodon"]
    url: str
    token: Secret
    name: str = "mastodon"
    stream: StreamName = "public"
    hashtag: str = ""
    history: float = 300.0
    backfill: float = 21600.0
    timeout: float = 20.0
    allow_http: bool = False
    allow_private: bool = False

    def __post_init__(self) -> None:
        require_url("url", self.url, allow_http=self.allow_http)
        if httpx.URL(self.url).path.strip("/"):
            raise ValueError("url: expected that of the instance alone, like https://example.com")
        if not self.token:
            raise ValueError(
                "token: missing; make one on the instance under Preferences, Development, with "
                "the scope read:statuses"
            )
        if not self.token.reveal().isascii() or not self.token.reveal().isprintable():
            raise ValueError("token: expected printable ASCII characters")
        if (self.stream == "hashtag") != bool(self.hashtag):
            raise ValueError("hashtag: give it together with stream: hashtag, and only then")
        if self.hashtag and not _HASHTAG.fullmatch(self.hashtag):
            raise ValueError("hashtag: expected letters, digits and _, without the #")
        require_between("history", self.history, 0, 7 * _DAY)
        require_between("backfill", self.backfill, 0, 7 * _DAY)
        require_between("timeout", self.timeout, 0.1, 120)
