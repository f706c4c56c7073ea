"""Reddit, posts and comments of subreddits, through asyncpraw: an extra, for approved keys only.

Reddit lists newest first, at most 1,000 of each listing. The cursor is when the newest post
brought was written, in Unix seconds (see `backlog`); what is taken back within `OVERLAP` seconds
is found. asyncpraw keeps to Reddit's limits by waiting between requests.

Its requests don't pass the guard of `sinks.net`; they go to Reddit's own addresses, unless the
configuration says otherwise, and those are checked once at the start.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal

import httpx
import structlog

from detectors.records import Deletion, InvalidRecord, Mention, Rejection, parse_mention
from detectors.records.codec import as_object, is_object, read_text, require_text
from detectors.records.times import from_epoch
from listener.connectors.backlog import Backlog, Listed, Place
from listener.connectors.checks import require_between, require_length, require_url
from listener.connectors.connector import Batch, RetryLater
from listener.connectors.http import SourceError
from listener.errors import UsageError
from sinks.net import checked_addresses
from sinks.secret import Secret

if TYPE_CHECKING:
    from asyncpraw import Reddit

OVERLAP: Final = 600
_PAGE: Final = 100
_MAX_PAGES: Final = 10
_LONGEST_AGENT: Final = 200
_MAX_QUERY: Final = 500
_TAKEN_BACK: Final = frozenset({"[deleted]", "[removed]"})
_BUSY_PAUSE: Final = 60.0
_SITE: Final = "https://www.reddit.com"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class RedditSettings:
    """`user_agent` tells Reddit who asks: ``linux:acme-listener:1.0 (by /u/acme)``.

    With `query` only posts that Reddit's search finds, else all posts and comments. `every`,
    `history` and `timeout` in seconds.
    """

    type: Literal["reddit"]
    client_id: str
    client_secret: Secret
    user_agent: str
    subreddits: tuple[str, ...]
    query: str = ""
    name: str = "reddit"
    every: float = 60.0
    history: float = 3600.0
    timeout: float = 20.0
    reddit_url: str = _SITE
    oauth_url: str = "https://oauth.reddit.com"
    allow_http: bool = False
    allow_private: bool = False

    def __post_init__(self) -> None:
        require_url("reddit_url", self.reddit_url, allow_http=self.allow_http)
        require_url("oauth_url", self.oauth_url, allow_http=self.allow_http)
        if not self.client_id or not self.client_secret:
            raise ValueError("expected the client_id and client_secret of an approved app")
        if not 10 <= len(self.user_agent) <= _LONGEST_AGENT or not self.user_agent.isprintable():
            raise ValueError("user_agent: expected one like linux:acme-listener:1.0 (by /u/acme)")
        if not self.subreddits:
            raise ValueError("subreddits: expected at least one, such as [thenetherlands]")
        for subreddit in self.subreddits:
            if not (subreddit.isascii() and subreddit.replace("_", "").isalnum()):
                raise ValueError("subreddits: expected names without r/, such as thenetherlands")
        require_length("query", self.query, 0, _MAX_QUERY)
        require_between("every", self.every, 10, 86400)
        require_between("history", self.history, 0, 7 * 86400)
        require_between("timeout", self.timeout, 1, 120)


class RedditConnector:
    """Brings posts and comments, oldest first."""

    def __init__(self, settings: RedditSettings) -> None:
        """Raises `UsageError` where asyncpraw isn't installed."""
        try:
            import asyncpraw  # noqa: F401, PLC0415 - an extra, which few can use
        except ImportError:
            raise UsageError(
                f"connectors: {settings.name} needs asyncpraw; pip install 'listener[reddit]'"
            ) from None
        self.name = settings.name
        self._settings = settings
        self._backlog = Backlog(OVERLAP)
        self._deletions: list[Deletion] = []
        self._client: Reddit | None = None

    async def fetch(self, cursor: str | None, now: datetime) -> Batch:
        """At most 500 posts. Raises `RetryLater`, `SourceError` or `sinks.net.OutboundError`."""
        place = Place.parse(cursor or "") or Place(int(now.timestamp() - self._settings.history))
        if not self._backlog.goes_on_at(place):
            self._deletions = []
            self._backlog.begin(place, await self._listing(place.since(OVERLAP), now))
        deletions, self._deletions = tuple(self._deletions), []
        portion = self._backlog.take()
        wait = self._settings.every
        if portion is None:
            return Batch((), str(Place(place.newest)), wait=wait, deletions=deletions)
        return Batch(
            portion.mentions,
            str(portion.place),
            portion.rejections,
            wait=wait if portion.is_last else 0.0,
            deletions=deletions,
        )

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def _listing(self, since: int, now: datetime) -> list[Listed]:
        """What was written from `since` on, in Unix seconds."""
        place = "r/" + "+".join(self._settings.subreddits)
        if self._settings.query:
            only = {"q": self._settings.query, "sort": "new", "restrict_sr": "1"}
            return await self._read_down(f"{place}/search", only, since, now)
        posts = await self._read_down(f"{place}/new", {}, since, now)
        return posts + await self._read_down(f"{place}/comments", {}, since, now)

    async def _read_down(
        self, path: str, only: Mapping[str, str], since: int, now: datetime
    ) -> list[Listed]:
        listing: list[Listed] = []
        after: str | None = None
        for _ in range(_MAX_PAGES):
            asked = {**only, "limit": str(_PAGE)} | ({"after": after} if after else {})
            page = await self._page(path, asked)
            children = page.get("children")
            items = children if isinstance(children, list) else []
            times = [self._take(item, since, now, listing) for item in items]
            after = read_text(page, "after")
            if after is None or not any(written >= since for written in times):
                return listing
        log.warning("older posts left out", connector=self.name, path=path, read=len(listing))
        return listing

    def _take(self, item: object, since: int, now: datetime, into: list[Listed]) -> int:
        """Note what the item is, if it is new; gives when it was written."""
        data = item.get("data") if is_object(item) else None
        written = since
        try:
            post = as_object(data, "post")
            written = _created(post)
            if written < since:
                return written
            if _TAKEN_BACK & {read_text(post, "body"), read_text(post, "selftext")}:
                self._deletions.append(Deletion("reddit", id=require_text(post, "name")))
            elif _text(post):
                into.append(Listed(written, read_post(post, now)))
        except InvalidRecord as error:
            told = data.get("name") if is_object(data) else None
            where = f"{self.name}: {told or 'a post without a name'}"
            into.append(Listed(written, Rejection.of(error, data, where)))
        return written

    async def _page(self, path: str, asked: Mapping[str, str]) -> Mapping[str, object]:
        from asyncprawcore import exceptions  # noqa: PLC0415 - comes with the extra

        host = httpx.URL(self._settings.oauth_url).host
        try:
            client = self._client or await self._connect()
            answer = await client.request(method="GET", path=path, params=dict(asked))
        except exceptions.TooManyRequests as error:
            wait = float(error.retry_after or _BUSY_PAUSE)
            raise RetryLater(f"{host} asks to come back later", wait=wait) from None
        except (exceptions.OAuthException, exceptions.InvalidToken, exceptions.Forbidden):
            raise SourceError(f"{host} refuses the key, or these subreddits") from None
        except exceptions.ResponseException as error:
            raise SourceError(f"{host} answered {error.response.status}") from None
        except exceptions.AsyncPrawcoreException as error:
            # Nothing but the name: the rest may quote the request with its key.
            raise SourceError(f"{host} broke off: {type(error).__name__}") from None
        data = answer.get("data") if is_object(answer) else None
        if not is_object(data):
            raise SourceError(f"{host} answered with something else than a listing")
        return data

    async def _connect(self) -> "Reddit":
        import asyncpraw  # noqa: PLC0415 - an extra

        settings = self._settings
        for url in (settings.reddit_url, settings.oauth_url):
            await checked_addresses(httpx.URL(url), allow_private=settings.allow_private)
        self._client = asyncpraw.Reddit(
            client_id=settings.client_id,
            client_secret=settings.client_secret.reveal(),
            user_agent=settings.user_agent,
            reddit_url=settings.reddit_url,
            oauth_url=settings.oauth_url,
            timeout=int(settings.timeout),
            check_for_updates=False,
        )
        return self._client


def read_post(post: object, now: datetime) -> Mention:
    """A post or a comment as a mention. Raises `InvalidRecord`."""
    record = as_object(post, "post")
    name = require_text(record, "name")
    link = read_text(record, "permalink")
    return parse_mention(
        {
            "id": name,
            "text": _text(record),
            "published_at": min(from_epoch(_created(record)), now),
            "author": read_text(record, "author"),
            "url": f"{_SITE}{link}" if link else None,
            "is_reply": name.startswith("t1_"),
        },
        now=now,
        source="reddit",
        kind="forum",
    )


def _text(record: Mapping[str, object]) -> str:
    """A comment's text, or a post's title and text."""
    body = read_text(record, "body")
    if body is not None:
        return body
    title, text = read_text(record, "title") or "", read_text(record, "selftext") or ""
    return f"{title}\n{text}".strip()


def _created(record: Mapping[str, object]) -> int:
    created = record.get("created_utc")
    if isinstance(created, bool) or not isinstance(created, int | float) or not 0 < created < 1e11:
        raise InvalidRecord("bad_date", "created_utc: expected Unix seconds")
    return int(created)
