"""Recordings: mentions in a JSONL or CSV file, read row by row without holding them in memory.

A `Mapping` says in which column each field of a mention stands. `Recording` puts the rows in
order of publication, whatever their order in the file, by an index of 24 bytes a row.
"""

import csv
import os
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

from detectors.records import InvalidRecord, Kind, Mention, Rejection, loads, parse_mention
from detectors.records.codec import as_object
from listener.errors import UsageError

MAX_LINE: Final = 4 * 1024 * 1024
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
)
csv.field_size_limit(MAX_LINE)


@dataclass(frozen=True, slots=True)
class Row:
    """One record as it stands in the file, or why it can't be read; `line` counts from 1."""

    line: int
    offset: int
    data: Mapping[str, object] | InvalidRecord


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
            field, is_pair, column = part.partition("=")
            if is_pair and column.strip():
                columns[field.strip()] = column.strip()
            elif part.strip():
                raise ValueError(f"expected field=column, got {part.strip()!r}")
        return cls(columns, source, kind)

    def mention(self, data: Mapping[str, object], now: datetime) -> Mention:
        """Raises `InvalidRecord`."""
        if self.columns:
            data = dict(data) | {field: data.get(column) for field, column in self.columns.items()}
        return parse_mention(data, now=now, source=self.source, kind=self.kind)


class RowReader:
    """Reads the rows of one open file, from the start or from a row's offset."""

    def __init__(self, path: Path, layout: Layout) -> None:
        self._path = path
        self._layout = layout
        self._file = _open(path)
        self._is_csv = path.suffix.lower() in {".csv", ".tsv"}
        self._delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
        self._header: list[str] = []
        self._start = 0
        if self._is_csv:
            self._read_header()

    def rows(self) -> Iterator[Row]:
        """All rows, blank lines left out."""
        line, offset = (2 if self._is_csv else 1), self._start
        while True:
            self._file.seek(offset)
            lines = _Lines(self._file)
            data = self._record(lines)
            if data is None:
                return
            if data != {}:
                yield Row(line, offset, data)
            line, offset = line + lines.count, self._file.tell()

    def at(self, offset: int) -> Mapping[str, object] | InvalidRecord:
        """The row that begins at `offset`."""
        self._file.seek(offset)
        return self._record(_Lines(self._file)) or InvalidRecord("changed", "the file has changed")

    def close(self) -> None:
        self._file.close()

    def _record(self, lines: "_Lines") -> Mapping[str, object] | InvalidRecord | None:
        """The next record; empty for a blank line, None at the end."""
        try:
            if self._is_csv:
                cells = next(csv.reader(lines, delimiter=self._delimiter, strict=True))
                if not cells:
                    return {}
                if len(cells) > len(self._header):
                    raise InvalidRecord(
                        "bad_row", f"{len(cells)} columns where the header has {len(self._header)}"
                    )
                return dict(zip(self._header, cells, strict=False))
            text = next(lines)
            return as_object(loads(text), "line") if text.strip() else {}
        except StopIteration:
            return None
        except InvalidRecord as error:
            return error
        except csv.Error as error:
            return InvalidRecord("bad_row", f"not CSV: {error}")

    def _read_header(self) -> None:
        lines = _Lines(self._file)
        try:
            self._header = next(csv.reader(lines, delimiter=self._delimiter))
        except (StopIteration, csv.Error):
            raise UsageError(f"{self._path}: no header line with the names of columns") from None
        self._header[0] = self._header[0].removeprefix("\ufeff")
        self._start = self._file.tell()
        missing = [name for name in self._layout.columns.values() if name not in self._header]
        missing += [
            needed
            for needed in ("text", "published_at")
            if needed not in self._layout.columns and needed not in self._header
        ]
        if missing:
            raise UsageError(
                f"{self._path}: line 1: no column {missing[0]!r}; the columns are "
                f"{', '.join(self._header)}. Map fields to columns: text=COLUMN,published_at=COLUMN"
            )


class _Lines:
    """Decoded lines of a binary file, read one by one so that `tell` stays exact."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.count = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._file.readline(MAX_LINE)
        if not line:
            raise StopIteration
        self.count += 1
        if len(line) == MAX_LINE and not line.endswith(b"\n"):
            while line and not line.endswith(b"\n"):
                line = self._file.readline(MAX_LINE)
            raise InvalidRecord("too_large", f"line longer than {MAX_LINE} bytes")
        return line.decode("utf-8", errors="replace")


class Recording:
    """The mentions of a file in order of publication.

    A row that can't be read keeps the place it has in the file. Raises `UsageError` if the file
    can't be read at all.
    """

    def __init__(self, path: Path, layout: Layout, now: datetime) -> None:
        self.path = path
        self._layout = layout
        self._reader = RowReader(path, layout)
        self._times = array("d")
        self._offsets = array("q")
        self._lines = array("q")
        self._index(now)

    def __len__(self) -> int:
        return len(self._times)

    @property
    def name(self) -> str:
        return self.path.name

    def time(self, position: int) -> float:
        """When the row at `position` was published, in Unix seconds."""
        return self._times[position]

    def read(self, position: int, now: datetime) -> Mention | Rejection:
        """The row at `position` in order of publication."""
        data = self._reader.at(self._offsets[position])
        where = f"{self.name}:{self._lines[position]}"
        if isinstance(data, InvalidRecord):
            return Rejection.of(data, "", where)
        try:
            return self._layout.mention(data, now)
        except InvalidRecord as error:
            return Rejection.of(error, dict(data), where)

    def close(self) -> None:
        self._reader.close()

    def _index(self, now: datetime) -> None:
        times, offsets, lines = array("d"), array("q"), array("q")
        known: float | None = None
        for row in self._reader.rows():
            try:
                if not isinstance(row.data, InvalidRecord):
                    known = self._layout.mention(row.data, now).published_at.timestamp()
            except InvalidRecord:
                pass  # it is told when the row is read
            times.append(known if known is not None else float("-inf"))
            offsets.append(row.offset)
            lines.append(row.line)
        if known is None:
            raise UsageError(f"{self.path}: no row of it can be read as a mention")
        first = min(time for time in times if time != float("-inf"))
        times = array("d", (max(time, first) for time in times))
        order = sorted(range(len(times)), key=times.__getitem__)
        self._times = array("d", (times[place] for place in order))
        self._offsets = array("q", (offsets[place] for place in order))
        self._lines = array("q", (lines[place] for place in order))


def _open(path: Path) -> BinaryIO:
    try:
        file = path.open("rb")
    except OSError as error:
        raise UsageError(f"{path}: {os.strerror(error.errno or 0).lower()}") from None
    return file
