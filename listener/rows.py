"""The rows of a JSONL or CSV file, one by one, each with its place in the file.

A row that can't be read costs no other: in CSV, where a quote that is never closed would swallow
what follows, reading goes on behind the first line of the bad row.
"""

import csv
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from detectors.records import InvalidRecord, loads
from detectors.records.codec import as_object
from listener.errors import UsageError
from sinks.display import visible

MAX_LINE: Final = 4 * 1024 * 1024
_SHOWN: Final = 10_000
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_GZIP: Final = b"\x1f\x8b"
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

    `needed` are the names of columns that a CSV file must have. Raises `UsageError` if they are
    missing or the file can't be read.
    """

    def __init__(self, path: Path, needed: Collection[str] = ()) -> None:
        self._path = path
        self._file = _open(path)
        self._delimiter = {".csv": ",", ".tsv": "\t"}.get(path.suffix.lower())
        self._header: list[str] = []
        head = self._file.read(len(_BYTE_ORDER_MARK))
        if head.startswith(_GZIP):
            self._file.close()
            raise UsageError(f"{path}: compressed; unpack it first, with gunzip")
        if head != _BYTE_ORDER_MARK:
            self._file.seek(0)
        self._start, self._first_line = self._file.tell(), 1
        if self._delimiter:
            try:
                self._read_header(needed)
            except UsageError:
                self._file.close()
                raise

    def rows(self) -> Iterator[Row]:
        """All rows, blank lines left out."""
        line, offset = self._first_line, self._start
        while True:
            self._file.seek(offset)
            lines = _Lines(self._file)
            data = self._record(lines)
            if data is None:
                return
            if data != {}:
                yield Row(line, offset, data)
            line, offset = line + lines.count, lines.end

    def at(self, offset: int) -> Mapping[str, object] | Unreadable:
        """The row that begins at `offset`."""
        self._file.seek(offset)
        changed = Unreadable(InvalidRecord("changed", "the file has changed"), "")
        return self._record(_Lines(self._file)) or changed

    def close(self) -> None:
        self._file.close()

    def _record(self, lines: "_Lines") -> Mapping[str, object] | Unreadable | None:
        """The next record; empty for a blank line, None at the end."""
        try:
            if self._delimiter:
                return self._cells(lines, self._delimiter)
            text = next(lines)
            return as_object(loads(text), "line") if text.strip() else {}
        except StopIteration:
            return None
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
        lines = _Lines(self._file)
        try:
            self._header = next(csv.reader(lines, delimiter=self._delimiter or ","))
        except (StopIteration, csv.Error, InvalidRecord):
            self._header = []
        if not self._header:
            raise UsageError(f"{self._path}: line 1: expected a header with the names of columns")
        self._start, self._first_line = lines.end, 1 + lines.count
        for name in needed:
            if name not in self._header:
                raise UsageError(
                    f"{self._path}: line 1: no column {name!r}; the columns are "
                    f"{visible(', '.join(self._header), 500)}. Map fields to columns with --map "
                    "text=COLUMN,published_at=COLUMN (map: in a configuration)"
                )


class _Lines:
    """The decoded lines of one row, read one by one: `count` of them, up to the offset `end`."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
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
        return line.decode("utf-8", errors="replace")

    def back_to_first(self) -> str:
        """Have read no more than the first line; gives how that begins."""
        shown, self.end = self._first
        self.count = min(self.count, 1)
        return shown


def _open(path: Path) -> BinaryIO:
    try:
        file = path.open("rb")
    except OSError as error:
        raise UsageError(f"{path}: {(error.strerror or 'unreadable').lower()}") from None
    if not file.seekable():
        file.close()
        raise UsageError(f"{path}: a pipe can't be read again; give a file")
    return file
