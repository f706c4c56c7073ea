"""The connector: pages over REST up to the present, then the stream.

The cursor is the highest id brought, which holds the time at which the status was written. A
stream can't be resumed: after a gap the timeline is read from `OVERLAP_SECONDS` before the cursor
on, for statuses from elsewhere arrive late; then the stream is opened; then what lies between the
two is read. What comes twice bears the same id. What was deleted in a gap stays unknown.

An instance allows 300 requests in 5 minutes, so it catches up by 40 statuses a second at most. An
edit is brought like a new status: it counts where the words of the brand came in with it.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from detectors.records import Deletion, InvalidRecord, Mention, Rejection, loads
from detectors.records.codec import as_object, is_object
from detectors.records.mention import FUTURE_TOLERANCE
from listener.connectors.connector import Batch, RetryLater
from listener.connectors.http import SourceError
from listener.connectors.mastodon.api import PAGE, Api, Instance
from listener.connectors.mastodon.events import EventStream
from listener.connectors.mastodon.settings import MastodonSettings
from listener.connectors.mastodon.statuses import (
    IDS_A_SECOND,
    SOURCE,
    Statuses,
    id_at,
    number_of,
    parse_id,
)
from sinks.net import OutboundError

OVERLAP_SECONDS: Final = 60
LONGEST_FETCH: Final = 1.0
_OVERLAP: Final = OVERLAP_SECONDS * IDS_A_SECOND
_PAGES: Final = 10
_PORTION: Final = 500
_LONGEST_WAIT: Final = 900.0
_SAYS: Final = frozenset({"update", "status.update"})


@dataclass(slots=True)
class _Brought:
    """What one fetch brings; `before` is the cursor that it began with."""

    name: str
    before: str
    pages: int = 0
    mentions: list[Mention] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    deletions: list[Deletion] = field(default_factory=list)

    def refuse(self, error: InvalidRecord, raw: object) -> None:
        where = f"{self.name}: refusal {len(self.rejections) + 1} behind {self.before}"
        self.rejections.append(Rejection.of(error, raw, where))


class MastodonConnector:
    """Brings what is written on, or seen by, one instance."""

    def __init__(self, settings: MastodonSettings) -> None:
        self.name = settings.name
        self._settings = settings
        self._api = Api(settings)
        self._statuses = Statuses(self._api.host)
        self._began: int | None = None
        self._reached = -1
        self._instance: Instance | None = None
        self._stream: EventStream | None = None
        # Up to where the timeline has been read; None once that is up to the stream.
        self._behind: int | None = None
        # Whether that is the present, so that the stream can be opened.
        self._is_present = False

    async def fetch(self, cursor: str | None, now: datetime) -> Batch:
        """At most ten pages, or what the stream brings within a second.

        Raises `RetryLater`, `SourceError`, `sinks.net.OutboundError` or ConnectionError.
        """
        position = self._position(cursor, now)
        if self._instance is None or position != self._reached:
            self._instance = await self._begin(position, now)
        brought = _Brought(self.name, str(self._reached))
        wait = 0.0
        while self._behind is not None and brought.pages < _PAGES and not wait:
            try:
                wait = await self._read_page(self._instance, self._behind, brought, now)
            except (RetryLater, SourceError, OutboundError):
                if not brought.mentions and not brought.rejections:
                    raise
                break  # what came before it is handed over; the next call raises
        if self._stream is not None and self._behind is None and not brought.mentions:
            await self._listen(self._stream, self._instance, brought, now)
        return Batch(
            tuple(brought.mentions),
            str(self._reached),
            tuple(brought.rejections),
            wait=wait,
            deletions=tuple(brought.deletions),
        )

    async def close(self) -> None:
        await self._hang_up()
        await self._api.aclose()

    def _position(self, cursor: str | None, now: datetime) -> int:
        known = parse_id(cursor)
        if known is not None:
            return known
        if self._began is None:  # a failed first attempt loses nothing
            self._began = id_at(now - timedelta(seconds=self._settings.history))
        return self._began

    async def _begin(self, position: int, now: datetime) -> Instance:
        await self._hang_up()
        instance = await self._api.instance(now)
        longest = id_at(now - timedelta(seconds=self._settings.backfill))
        is_first = position == self._began
        self._behind = position if is_first else max(position - _OVERLAP, longest, 0)
        self._reached, self._is_present = position, False
        return instance

    async def _hang_up(self) -> None:
        stream, self._stream, self._instance = self._stream, None, None
        if stream is not None:
            await stream.close()

    async def _read_page(
        self, instance: Instance, behind: int, brought: _Brought, now: datetime
    ) -> float:
        """A page of the timeline, the stream being opened first if it leads up to the present.

        Gives in how many seconds to go on.
        """
        if self._is_present and self._stream is None:
            self._stream = await self._api.stream(instance, now)
        page = await self._api.page(behind, now)
        brought.pages += 1
        oldest_first = sorted(page.statuses, key=lambda status: _number(status) or 0)
        listed = oldest_first[:PAGE]
        for status in listed:
            self._take(status, instance, brought, now)
        newest = self._at_most_now(_number(listed[-1]) or 0, now) if listed else 0
        self._behind = max(behind, newest)
        if len(listed) < PAGE or newest <= behind:
            if self._stream is not None:
                self._behind = None
            self._is_present = True
        return min(page.wait, _LONGEST_WAIT)

    async def _listen(
        self, stream: EventStream, instance: Instance, brought: _Brought, now: datetime
    ) -> None:
        try:
            events = await stream.take(_PORTION, LONGEST_FETCH)
        except (SourceError, ConnectionError):
            await self._hang_up()
            raise
        for event in events:
            if event.event in _SAYS:
                try:
                    status = loads(event.data)
                except InvalidRecord as error:
                    brought.refuse(error, event.data)
                else:
                    self._take(status, instance, brought, now)
            elif event.event == "delete":
                self._take_back(event.data, brought)

    def _take(self, status: object, instance: Instance, brought: _Brought, now: datetime) -> None:
        try:
            record = as_object(status, "status")
            self._reached = max(self._reached, self._at_most_now(number_of(record), now))
            mention = self._statuses.read(record, instance.domain, now)
        except InvalidRecord as error:
            brought.refuse(error, status)
            return
        if mention is not None:
            brought.mentions.append(mention)

    def _take_back(self, data: str, brought: _Brought) -> None:
        number = parse_id(data.strip())
        if number is None:
            brought.refuse(InvalidRecord("bad_field", "delete: expected an id"), data)
        else:
            brought.deletions.append(Deletion(SOURCE, id=self._statuses.name_of(number)))

    def _at_most_now(self, number: int, now: datetime) -> int:
        """A wrong id far ahead would make the next page skip what is between."""
        return min(number, id_at(now + FUTURE_TOLERANCE))


def _number(status: object) -> int | None:
    return parse_id(status.get("id")) if is_object(status) else None
