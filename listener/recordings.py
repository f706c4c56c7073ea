"""Recordings: mentions in a JSONL or CSV file, read row by row without holding them in memory.

A `Mapping` says in which column each field of a mention stands. `Recording` puts the rows in
order of publication, whatever their order in the file, by an index of 24 bytes a row.
"""

import html
from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from detectors.records import InvalidRecord, Kind, Mention, Rejection, parse_mention
from listener.errors import UsageError
from listener.rows import RowReader, Unreadable
from listener.streams import name_of, place_of

FIELDS: Final = (
    "id",
    "text",
    "published_at",
    "source",
    "kind",
    "author",
    "url",
    "language",
    "reach",
    "is_reply",
    "is_repost",
    "repost_of",
)


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file's records become mentions.

    `columns` maps a mention's field to the file's name for it; fields that are not mapped keep
    their own name. `source` and `kind` fill in where a record names none.
    """

    columns: Mapping[str, str]
    source: str = "replay"
    kind: Kind = "other"

    def __post_init__(self) -> None:
        for field in self.columns:
            if field not in FIELDS:
                raise ValueError(f"no such field: {field!r}; a mention has {', '.join(FIELDS)}")

    @classmethod
    def parse(cls, text: str | None, source: str = "replay", kind: Kind = "other") -> "Layout":
        """Read ``field=column,field=column``; raises ValueError."""
        columns = {}
        for part in (text or "").split(","):
            field, is_pair, column = (piece.strip() for piece in part.partition("="))
            if field in columns:
                raise ValueError(f"{field} is there twice; a field comes from one column")
            if is_pair and column:
                columns[field] = column
            elif part.strip():
                raise ValueError(f"expected field=column, got {part.strip()!r}")
        return cls(columns, source, kind)

    @property
    def needed(self) -> tuple[str, ...]:
        """The columns that a file must have to hold any mention at all."""
        must = ("text", "published_at")
        return (*self.columns.values(), *(name for name in must if name not in self.columns))

    def mention(self, data: Mapping[str, object], now: datetime) -> Mention:
        """Raises `InvalidRecord`."""
        if self.columns:
            data = dict(data) | {field: data.get(column) for field, column in self.columns.items()}
        text = data.get("text")
        if isinstance(text, str) and "&" in text:  # exports keep the entities of the page
            data = dict(data) | {"text": html.unescape(text)}
        return parse_mention(data, now=now, source=self.source, kind=self.kind)


class Recording:
    """The mentions of a file in order of publication.

    A row that can't be read keeps the place it has in the file. Raises `UsageError` if the file
    can't be read at all. Making one reads the whole file; `given_up` is asked on the way whether
    anybody still wants it. `reader` is the file, where it is open already.
    """

    def __init__(
        self,
        path: Path,
        layout: Layout,
        now: datetime,
        given_up: Callable[[], bool] = lambda: False,
        reader: RowReader | None = None,
    ) -> None:
        self.path = path
        self._layout = layout
        self._reader = reader or RowReader(path, layout.needed)
        self._times = array("d")
        self._offsets = array("q")
        self._lines = array("q")
        self._index(now, given_up)

    def __len__(self) -> int:
        return len(self._times)

    @property
    def name(self) -> str:
        return name_of(self.path)

    def offsets(self, start: int, end: int) -> bytes:
        """Where the rows at these positions stand in the file: the same for the same rows."""
        return self._offsets[start:end].tobytes()

    def time(self, position: int) -> float:
        """When the row at `position` was published, in Unix seconds."""
        return self._times[position]

    def read(self, position: int, now: datetime) -> Mention | Rejection:
        """The row at `position` in order of publication."""
        data = self._reader.at(self._offsets[position])
        where = f"{self.name}:{self._lines[position]}"
        if isinstance(data, Unreadable):
            return Rejection.of(data.error, data.raw, where)
        try:
            return self._layout.mention(data, now)
        except InvalidRecord as error:
            return Rejection.of(error, dict(data), where)

    def close(self) -> None:
        self._reader.close()

    def _index(self, now: datetime, given_up: Callable[[], bool]) -> None:
        times, offsets, lines = array("d"), array("q"), array("q")
        known: float | None = None
        refusal = "it is empty"
        for row in self._reader.rows():
            if given_up():
                break
            try:
                if isinstance(row.data, Unreadable):
                    raise row.data.error
                known = self._layout.mention(row.data, now).published_at.timestamp()
            except InvalidRecord as error:  # it is told when the row is read
                if not times:
                    refusal = f"line {row.line}: {error}"
            times.append(known if known is not None else float("-inf"))
            offsets.append(row.offset)
            lines.append(row.line)
        if known is None:
            raise UsageError(
                f"{place_of(self.path)}: no row of it can be read as a mention: {refusal}"
            )
        first = min(time for time in times if time != float("-inf"))
        times = array("d", (max(time, first) for time in times))
        order = sorted(range(len(times)), key=times.__getitem__)
        self._times = array("d", (times[place] for place in order))
        self._offsets = array("q", (offsets[place] for place in order))
        self._lines = array("q", (lines[place] for place in order))
