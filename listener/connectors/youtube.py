"""YouTube, the comments under a channel's videos or under one video, with an API key.

`commentThreads` lists newest first, a page of up to 100 threads with their latest replies for one
unit of the key's daily quota (10,000, unless Google grants more). The cursor is the day in
California, where Google's quota starts anew, the units spent in it, and when the newest comment
brought was written, in Unix seconds (see `budget`). A new reply to an old thread is only found
while the thread itself stands within `OVERLAP` seconds of that.

A look that finds nothing newer leaves the cursor as it is: what it cost is forgotten at a restart.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from zoneinfo import ZoneInfo

import structlog

from detectors.records import InvalidRecord, Mention, Rejection, parse_mention
from detectors.records.codec import as_object, is_object, read_text, read_time, require_text
from listener.connectors.api import Api, ApiAnswer
from listener.connectors.backlog import Backlog, Listed, Place
from listener.connectors.budget import Budget
from listener.connectors.checks import require_between, require_url
from listener.connectors.connector import Batch, RetryLater
from listener.connectors.html import text_of
from sinks.secret import Secret

OVERLAP: Final = 3600
_PAGE: Final = 100
_MAX_PAGES: Final = 20
_QUOTA_DAY: Final = ZoneInfo("America/Los_Angeles")
_QUOTA_PAUSE: Final = 3600.0
_SPENT: Final = frozenset({"quotaExceeded", "dailyLimitExceeded", "rateLimitExceeded"})

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class YouTubeSettings:
    """Either a `channel` (its id, UC…) or a `video`. `every`, `history`, `timeout` in seconds."""

    type: Literal["youtube"]
    key: Secret
    name: str = "youtube"
    channel: str = ""
    video: str = ""
    units_per_day: int = 2000
    every: float = 300.0
    history: float = 86400.0
    timeout: float = 20.0
    url: str = "https://www.googleapis.com/youtube/v3/commentThreads"
    allow_http: bool = False
    allow_private: bool = False

    def __post_init__(self) -> None:
        require_url("url", self.url, allow_http=self.allow_http)
        if not self.key:
            raise ValueError("key: expected an API key, such as ${YOUTUBE_KEY}")
        if bool(self.channel) == bool(self.video):
            raise ValueError("expected either channel (an id like UC…) or video")
        if self.units_per_day < 1:
            raise ValueError("units_per_day: expected 1 or more of the key's daily quota")
        require_between("every", self.every, 10, 86400)
        require_between("history", self.history, 0, 30 * 86400)
        require_between("timeout", self.timeout, 0.1, 120)


class YouTubeConnector:
    """Brings comments and replies, oldest first."""

    def __init__(self, settings: YouTubeSettings) -> None:
        self.name = settings.name
        self._settings = settings
        self._api = Api(
            settings.url,
            {"X-Goog-Api-Key": settings.key.reveal()},
            allow_http=settings.allow_http,
            allow_private=settings.allow_private,
            timeout=settings.timeout,
        )
        self._backlog = Backlog(OVERLAP)
        self._budget = Budget(settings.units_per_day)

    async def fetch(self, cursor: str | None, now: datetime) -> Batch:
        """At most 500 comments. Raises `RetryLater`, `SourceError`, `sinks.net.OutboundError`."""
        day = now.astimezone(_QUOTA_DAY).date().isoformat()
        # The mere place is a cursor from before the units were kept.
        known = self._budget.resume(cursor or "", day) or Place.parse(cursor or "")
        place = known or Place(int(now.timestamp() - self._settings.history))
        if not self._backlog.goes_on_at(place):
            self._backlog.begin(place, await self._listing(place.since(OVERLAP), now))
        portion = self._backlog.take()
        at = Place(place.newest) if portion is None else portion.place
        if cursor is None or at != known:
            cursor = self._budget.cursor(at)
        if portion is None:
            return Batch((), cursor, wait=self._settings.every)
        wait = self._settings.every if portion.is_last else 0.0
        return Batch(portion.mentions, cursor, portion.rejections, wait=wait)

    async def close(self) -> None:
        await self._api.aclose()

    async def _listing(self, since: int, now: datetime) -> list[Listed]:
        """The comments and replies written from `since` on, in Unix seconds."""
        listing: list[Listed] = []
        token: str | None = None
        for _ in range(_MAX_PAGES):
            page = await self._page(token, now)
            items = page.get("items")
            threads = items if isinstance(items, list) else []
            found = [listed for thread in threads for listed in self._read(thread, since, now)]
            listing += [listed for listed in found if listed.position >= since]
            token = read_text(page, "nextPageToken")
            if token is None or not any(listed.position >= since for listed in found):
                return listing
        log.warning("older comments left out", connector=self.name, read=len(listing))
        return listing

    async def _page(self, token: str | None, now: datetime) -> Mapping[str, object]:
        self._spend()
        target = (
            {"allThreadsRelatedToChannelId": self._settings.channel}
            if self._settings.channel
            else {"videoId": self._settings.video}
        )
        asked = {
            "part": "snippet,replies",
            "order": "time",
            "maxResults": str(_PAGE),
            **target,
            **({"pageToken": token} if token else {}),
        }
        answer = await self._api.get(asked, now)
        if answer.status == 200:
            return answer.record
        raise _refusal(answer, self._api.host)

    def _spend(self) -> None:
        if not self._budget.left:
            raise RetryLater(
                f"{self._settings.units_per_day} units of the quota are spent today; listening "
                "goes on tomorrow, or with a higher units_per_day",
                wait=_QUOTA_PAUSE,
            )
        self._budget.spend(1)

    def _read(self, thread: object, since: int, now: datetime) -> Iterator[Listed]:
        for comment, parent in _comments(thread):
            try:
                mention = read_comment(comment, now, is_reply=parent)
                yield Listed(int(mention.published_at.timestamp()), mention)
            except InvalidRecord as error:
                told = comment.get("id") if is_object(comment) else None
                where = f"{self.name}: {told or 'a comment without an id'}"
                yield Listed(since, Rejection.of(error, comment, where))


def _comments(thread: object) -> Iterator[tuple[object, bool]]:
    """The comments of a thread, each with whether it is a reply."""
    snippet = thread.get("snippet") if is_object(thread) else None
    yield (snippet.get("topLevelComment") if is_object(snippet) else thread), False
    replies = thread.get("replies") if is_object(thread) else None
    listed = replies.get("comments") if is_object(replies) else None
    for reply in listed if isinstance(listed, list) else []:
        yield reply, True


def read_comment(comment: object, now: datetime, *, is_reply: bool) -> Mention:
    """A comment as a mention. Raises `InvalidRecord`."""
    record = as_object(comment, "comment")
    number = require_text(record, "id")
    snippet = as_object(record.get("snippet"), "snippet")
    video = read_text(snippet, "videoId")
    shown = read_text(snippet, "textDisplay")
    return parse_mention(
        {
            "id": number,
            "text": read_text(snippet, "textOriginal") or (text_of(shown) if shown else None),
            "published_at": min(read_time(snippet, "publishedAt"), now),
            "author": read_text(snippet, "authorDisplayName"),
            "url": f"https://www.youtube.com/watch?v={video}&lc={number}" if video else None,
            "is_reply": is_reply,
        },
        now=now,
        source="youtube",
        kind="video",
    )


def _refusal(answer: ApiAnswer, host: str) -> Exception:
    error = answer.record.get("error")
    detail = error.get("message") if is_object(error) else None
    listed = error.get("errors") if is_object(error) else None
    first = listed[0] if isinstance(listed, list) and listed else None
    reason = first.get("reason") if is_object(first) else None
    if answer.status == 429 or reason in _SPENT:
        return RetryLater(f"{host}: the key's quota is spent", wait=answer.wait or _QUOTA_PAUSE)
    if answer.status == 503 and answer.wait is not None:
        return RetryLater(f"{host} asks to come back later", wait=answer.wait)
    return answer.refused(host, detail)
