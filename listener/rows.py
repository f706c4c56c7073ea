"""The rows of a JSONL or CSV file, one by one, each with its place in the file.

A row that can't be read costs no other: in CSV, where a quote that is never closed would swallow
what follows, reading goes on behind the first line of the bad row.
"""

import csv
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from detectors.records import InvalidRecord, loads
from detectors.records.codec import as_object
from listener.errors import UsageError
from listener.streams import open_plain, place_of
from sinks.display import visible

MAX_LINE: Final = 4 * 1024 * 1024
_SHOWN: Final = 10_000
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_DELIMITERS: Final = {".csv": ",", ".tsv": "\t"}
csv.field_size_limit(MAX_LINE)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why a row can't be read, and how it begins."""

    error: InvalidRecord
    raw: str


@dataclass(frozen=True, slots=True)
class Row:
    """One record as it stands in the file; `line` counts from 1."""

    line: int
    offset: int
    data: Mapping[str, object] | Unreadable


class RowReader:
    """Reads the rows of one open file, from the start or from a row's offset.

    A pipe, standard input (``-``) and whatever is packed with gzip do as well; offsets are those
    of what was packed. A name that ends in .csv or .tsv, before a .gz, means columns; what has no
    name is looked at. `needed` are the names of columns that a CSV file must have. Raises
    `UsageError` if they are missing or the file can't be read.
    """

    def __init__(self, path: Path, needed: Collection[str] = ()) -> None:
        self._place = place_of(path)
        plain = open_plain(path)
        self._file, self._broken = plain.file, plain.broken
        self._header: list[str] = []
        try:
            self._begin(path, needed)
        except UsageError:
            self._file.close()
            raise

    def head(self, size: int) -> bytes:
        """The first bytes of the file, unpacked."""
        self._file.seek(0)
        return self._file.read(size)

    def rows(self) -> Iterator[Row]:
        """All rows, blank lines left out. Where gzip data breaks off, the last one says so."""
        line, offset = self._first_line, self._start
        while True:
            self._file.seek(offset)
            lines = _Lines(self._file, self._broken)
            data = self._record(lines)
            if data is None:
                return
            if data != {}:
                yield Row(line, offset, data)
            if isinstance(data, Unreadable) and data.error is self._broken():
                return
            line, offset = line + lines.count, lines.end

    def at(self, offset: int) -> Mapping[str, object] | Unreadable:
        """The row that begins at `offset`."""
        self._file.seek(offset)
        changed = Unreadable(InvalidRecord("changed", "the file has changed"), "")
        return self._record(_Lines(self._file, self._broken)) or changed

    def close(self) -> None:
        self._file.close()

    def _begin(self, path: Path, needed: Collection[str]) -> None:
        """Find out what it is, and where its first row stands."""
        if self.head(len(_BYTE_ORDER_MARK)) != _BYTE_ORDER_MARK:
            self._file.seek(0)
        self._start, self._first_line = self._file.tell(), 1
        self._delimiter = _delimiter_of(path, self._file)
        self._file.seek(self._start)
        if self._delimiter:
            self._read_header(needed)

    def _record(self, lines: "_Lines") -> Mapping[str, object] | Unreadable | None:
        """The next record; empty for a blank line, None at the end."""
        try:
            if self._delimiter:
                return self._cells(lines, self._delimiter)
            text = next(lines)
            return as_object(loads(text), "line") if text.strip() else {}
        except StopIteration:
            broken = self._broken()  # between two lines
            return Unreadable(broken, "") if broken else None
        except InvalidRecord as error:
            return Unreadable(error, lines.back_to_first())
        except csv.Error as error:
            refusal = InvalidRecord("bad_row", f"not CSV: {error}")
            return Unreadable(refusal, lines.back_to_first())

    def _cells(self, lines: "_Lines", delimiter: str) -> Mapping[str, object]:
        cells = next(csv.reader(lines, delimiter=delimiter, strict=True))
        if len(cells) > len(self._header):
            raise InvalidRecord(
                "bad_row", f"{len(cells)} columns where the header has {len(self._header)}"
            )
        return dict(zip(self._header, cells, strict=False))

    def _read_header(self, needed: Collection[str]) -> None:
        lines = _Lines(self._file, self._broken)
        try:
            self._header = next(csv.reader(lines, delimiter=self._delimiter or ","))
        except (StopIteration, csv.Error, InvalidRecord):
            self._header = []
        if not self._header:
            why = self._broken() or "expected a header with the names of columns"
            raise UsageError(f"{self._place}: line 1: {why}")
        self._start, self._first_line = lines.end, 1 + lines.count
        for name in needed:
            if name not in self._header:
                raise UsageError(
                    f"{self._place}: line 1: no column {name!r}; the columns are "
                    f"{visible(', '.join(self._header), 500)}. Map fields to columns with --map "
                    "text=COLUMN,published_at=COLUMN (map: in a configuration)"
                )


class _Lines:
    """The decoded lines of one row, read one by one: `count` of them, up to the offset `end`."""

    def __init__(self, file: BinaryIO, broken: Callable[[], InvalidRecord | None]) -> None:
        self._file = file
        self._broken = broken
        self._first = ("", file.tell())
        self.count = 0
        self.end = file.tell()

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._file.readline(MAX_LINE)
        if not line:
            raise StopIteration
        is_cut = len(line) == MAX_LINE and not line.endswith(b"\n")
        rest = line
        while is_cut and rest and not rest.endswith(b"\n"):
            rest = self._file.readline(MAX_LINE)
        self.count += 1
        self.end = self._file.tell()
        if self.count == 1:
            shown = line[:_SHOWN].decode("utf-8", errors="replace").rstrip("\r\n")
            self._first = (shown, self.end)
        if is_cut:
            raise InvalidRecord("too_large", f"line longer than {MAX_LINE} bytes")
        broken = None if line.endswith(b"\n") else self._broken()
        if broken:
            raise broken
        return line.decode("utf-8", errors="replace")

    def back_to_first(self) -> str:
        """Have read no more than the first line; gives how that begins."""
        shown, self.end = self._first
        self.count = min(self.count, 1)
        return shown


def _delimiter_of(path: Path, file: BinaryIO) -> str | None:
    """What stands between the columns; `None` for JSON Lines."""
    name = path.with_suffix("") if path.suffix.lower() == ".gz" else path
    if path.is_file():
        return _DELIMITERS.get(name.suffix.lower())
    first = file.readline(MAX_LINE).strip()
    if not first or first.startswith((b"{", b"[")):
        return None
    return "\t" if b"\t" in first and b"," not in first else ","
