"""X, by recent search: paid by the post, so with a cap on posts a month that has no default.

Recent search reaches back seven days and lists newest first, in pages of up to 100. The cursor is
the month, how many posts were paid for in it, and the id of the newest post brought, for ids grow
with time (see `budget`): ``2026-11 340 1992``. A crash in the middle of a listing reads it, and
pays for it, again. Where the cap or `_MAX_POSTS` cuts a listing short, the older
posts of it are left out, which the log says.

An edited post keeps the id of its first version. Its numbers are those of its first minutes.
"""

import html
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

import structlog

from detectors.records import InvalidRecord, Mention, Rejection, parse_mention
from detectors.records.codec import as_object, is_object, iso, read_text, require_text
from listener.connectors.api import Api, ApiAnswer
from listener.connectors.backlog import Backlog, Listed, Place
from listener.connectors.budget import Budget
from listener.connectors.checks import require_between, require_length, require_url
from listener.connectors.connector import Batch, RetryLater
from sinks.secret import Secret

_PAGE: Final = 100
_SMALLEST_PAGE: Final = 10
_MAX_POSTS: Final = 2000
_REACHES_BACK: Final = timedelta(days=7) - timedelta(minutes=10)
# Ids hold milliseconds since then above their 22 lowest bits.
_EPOCH_MS: Final = 1288834974657
_ID_SHIFT: Final = 22
_MAX_QUERY: Final = 512
_MAX_ID_DIGITS: Final = 20
_BUSY: Final = frozenset({429, 503})
_CAP_PAUSE: Final = 3600.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class XSettings:
    """`posts_per_month` caps what is paid for. `every`, `history` and `timeout` in seconds.

    `usernames` asks for each author as well, which X may charge for; without it an author is
    a number.
    """

    type: Literal["x"]
    token: Secret
    query: str
    posts_per_month: int
    name: str = "x"
    every: float = 300.0
    history: float = 3600.0
    usernames: bool = False
    timeout: float = 20.0
    url: str = "https://api.x.com/2/tweets/search/recent"
    allow_http: bool = False
    allow_private: bool = False

    def __post_init__(self) -> None:
        require_url("url", self.url, allow_http=self.allow_http)
        if not self.token:
            raise ValueError("token: expected the app's bearer token, such as ${X_TOKEN}")
        require_length("query", self.query, 1, _MAX_QUERY)
        if self.posts_per_month < 1:
            raise ValueError("posts_per_month: expected how many posts may be paid for, 1 or more")
        require_between("every", self.every, 10, 86400)
        require_between("history", self.history, 60, _REACHES_BACK.total_seconds())
        require_between("timeout", self.timeout, 0.1, 120)


class XConnector:
    """Brings what recent search finds, oldest first."""

    def __init__(self, settings: XSettings) -> None:
        self.name = settings.name
        self._settings = settings
        self._api = Api(
            settings.url,
            {"Authorization": f"Bearer {settings.token.reveal()}"},
            allow_http=settings.allow_http,
            allow_private=settings.allow_private,
            timeout=settings.timeout,
        )
        self._backlog = Backlog(overlap=0)
        self._budget = Budget(settings.posts_per_month)

    async def fetch(self, cursor: str | None, now: datetime) -> Batch:
        """At most 500 posts. Raises `RetryLater`, `SourceError` or `sinks.net.OutboundError`."""
        # 0: no post is known yet.
        place = self._budget.resume(cursor or "", f"{now:%Y-%m}") or Place(0)
        if not self._backlog.goes_on_at(place):
            self._backlog.begin(place, await self._listing(place.since(0), now))
        portion = self._backlog.take()
        if portion is None:
            at = Place(place.newest)
            return Batch((), self._budget.cursor(at), wait=self._settings.every)
        wait = self._settings.every if portion.is_last else 0.0
        cursor = self._budget.cursor(portion.place)
        return Batch(portion.mentions, cursor, portion.rejections, wait=wait)

    async def close(self) -> None:
        await self._api.aclose()

    async def _listing(self, newest: int, now: datetime) -> list[Listed]:
        """All that is newer than the post of that id, as far as the cap allows."""
        listing: list[Listed] = []
        token: str | None = None
        while True:
            allowed = min(self._budget.left, _MAX_POSTS - len(listing))
            if allowed < _SMALLEST_PAGE:
                break
            page = await self._page(newest, min(allowed, _PAGE), token, now)
            posts = page.get("data")
            found = posts if isinstance(posts, list) else []
            self._budget.spend(len(found))
            names = _usernames(page)
            listing += [self._read(post, names, newest, now) for post in found]
            meta = page.get("meta")
            token = read_text(meta, "next_token") if is_object(meta) else None
            if token is None or not found:
                return listing
        if not listing:
            raise RetryLater(
                f"the cap of {self._settings.posts_per_month} posts a month is reached; "
                "listening goes on next month, or with a higher posts_per_month",
                wait=_CAP_PAUSE,
            )
        log.warning("older posts left out", connector=self.name, read=len(listing))
        return listing

    async def _page(
        self, newest: int, size: int, token: str | None, now: datetime
    ) -> Mapping[str, object]:
        asked = {
            "query": self._settings.query,
            "max_results": str(size),
            "tweet.fields": "created_at,lang,author_id,referenced_tweets,public_metrics,note_tweet",
            **_since(newest, now, self._settings.history),
        }
        if self._settings.usernames:
            asked |= {"expansions": "author_id", "user.fields": "username"}
        if token is not None:
            asked["next_token"] = token
        answer = await self._api.get(asked, now)
        if answer.status == 200:
            return answer.record
        raise _refusal(answer, self._api.host)

    def _read(self, post: object, names: Mapping[str, str], newest: int, now: datetime) -> Listed:
        number = newest
        try:
            number = _number(post)
            return Listed(number, read_post(post, names, now))
        except InvalidRecord as error:
            return Listed(number, Rejection.of(error, post, f"{self.name}: {number}"))


def read_post(post: object, usernames: Mapping[str, str], now: datetime) -> Mention:
    """A post of recent search as a mention. Raises `InvalidRecord`."""
    record = as_object(post, "post")
    versions = record.get("edit_history_tweet_ids")
    first = versions[0] if isinstance(versions, list) and versions else None
    number = first if isinstance(first, str) else require_text(record, "id")
    references = _references(record)
    author = read_text(record, "author_id")
    return parse_mention(
        {
            "id": number,
            "text": _text(record),
            "published_at": record.get("created_at"),
            "author": usernames.get(author, author) if author else None,
            "url": f"https://x.com/i/web/status/{number}",
            "language": _language(read_text(record, "lang")),
            "reach": _reach(record),
            "is_reply": "replied_to" in references,
            "is_repost": "retweeted" in references,
            "repost_of": references.get("retweeted"),
        },
        now=now,
        source="x",
        kind="microblog",
    )


def _number(post: object) -> int:
    told = require_text(as_object(post, "post"), "id")
    if not told.isdecimal() or len(told) > _MAX_ID_DIGITS:
        raise InvalidRecord("bad_field", "id: expected a number")
    return int(told)


def _text(record: Mapping[str, object]) -> str:
    note = record.get("note_tweet")
    long = read_text(note, "text") if is_object(note) else None
    return html.unescape(long or read_text(record, "text") or "")


def _language(declared: str | None) -> str | None:
    """X has codes of its own for what is no language: und, zxx, and those from qaa to qtz."""
    if (
        declared is None
        or declared in {"und", "zxx"}
        or (declared[0] == "q" and len(declared) == 3)
    ):
        return None
    return declared


def _reach(record: Mapping[str, object]) -> int | None:
    """How often it was shown or, where that isn't told, shared."""
    metrics = record.get("public_metrics")
    if not is_object(metrics):
        return None
    shown = metrics.get("impression_count")
    shared = [metrics.get(name) for name in ("retweet_count", "quote_count")]
    known = [shown, sum(count for count in shared if isinstance(count, int))]
    return max((count for count in known if isinstance(count, int) and count >= 0), default=None)


def _references(record: Mapping[str, object]) -> dict[str, str]:
    """The ids of other posts that it refers to, by kind of reference."""
    found: dict[str, str] = {}
    listed = record.get("referenced_tweets")
    for item in listed if isinstance(listed, list) else []:
        if is_object(item):
            kind, number = read_text(item, "type"), read_text(item, "id")
            if kind and number:
                found[kind] = number
    return found


def _usernames(page: Mapping[str, object]) -> dict[str, str]:
    includes = page.get("includes")
    users = includes.get("users") if is_object(includes) else None
    names: dict[str, str] = {}
    for user in users if isinstance(users, list) else []:
        if is_object(user):
            number, name = read_text(user, "id"), read_text(user, "username")
            if number and name:
                names[number] = name
    return names


def _since(newest: int, now: datetime, history: float) -> dict[str, str]:
    """From the newest post on; X refuses one that is older than it reaches back."""
    oldest = now - _REACHES_BACK
    written_ms = (newest >> _ID_SHIFT) + _EPOCH_MS
    if newest and written_ms > oldest.timestamp() * 1000:
        return {"since_id": str(newest)}
    start = oldest if newest else now - timedelta(seconds=history)
    return {"start_time": iso(start.replace(microsecond=0))}


def _refusal(answer: ApiAnswer, host: str) -> Exception:
    if answer.status in _BUSY and answer.wait is not None:
        return RetryLater(f"{host} asks to come back later", wait=answer.wait)
    errors = answer.record.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    detail = first.get("message") if is_object(first) else answer.record.get("detail")
    return answer.refused(host, detail)
