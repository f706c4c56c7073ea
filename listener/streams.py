"""Files, pipes and standard input as plain bytes: gzip is unpacked, and all can be read again.

Rows are read in the order of their times, which a stream can't be. So what comes through a pipe
or out of gzip is kept, block by block and compressed, in a temporary file that nobody else sees:
memory stays bounded, and a gzip bomb takes no more room than it had.
"""

import io
import sys
import tempfile
import zlib
from array import array
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, Final

from detectors.records import InvalidRecord
from listener.errors import UsageError

STDIN: Final = Path("-")
_MAGIC: Final = b"\x1f\x8b"
_GZIP: Final = 31  # "window bits": gzip and nothing else
_BLOCK: Final = 64 * 1024
_LEVEL: Final = 1
_BLOCKS_AT_HAND: Final = 8


def name_of(path: Path) -> str:
    """The name without its folder, as it is shown to people."""
    return place_of(path) if path == STDIN else path.name


def place_of(path: Path) -> str:
    """Where to look for it, as an error says it."""
    return "standard input" if path == STDIN else str(path)


@dataclass(frozen=True, slots=True)
class Plain:
    """An open stream that can be read from anywhere; `broken` says why it ended too early.

    It is `None` as long as nothing is wrong: what comes before the break can be read.
    """

    file: BinaryIO
    broken: Callable[[], InvalidRecord | None]


def open_plain(path: Path) -> Plain:
    """Opens a file, a pipe, or standard input for ``-``; raises `UsageError`."""
    source = open_source(path)
    if is_packed(source):
        again = _Again(unpacked(source), source)
    elif source.seekable():
        return Plain(source, lambda: None)
    else:
        again = _Again(iter(lambda: source.read1(_BLOCK), b""), source)
    return Plain(io.BufferedReader(again, _BLOCK), lambda: again.broken)


def open_source(path: Path) -> io.BufferedReader:
    """As it stands; raises `UsageError`."""
    try:
        if path == STDIN:
            return open(sys.stdin.fileno(), "rb", closefd=False)
        return path.open("rb")
    except OSError as error:
        raise UsageError(f"{path}: {(error.strerror or 'unreadable').lower()}") from None


def is_packed(source: io.BufferedReader) -> bool:
    return source.peek(len(_MAGIC)).startswith(_MAGIC)


def unpacked(source: io.BufferedReader) -> Iterator[bytes]:
    """The bytes in gzip's members, one behind the other, in portions of a block at most.

    Raises `InvalidRecord` at the first byte that is wrong or missing, behind all that comes
    before it. Zeros behind the last member are nothing but padding.
    """
    position, data = 0, b""
    while data := data or source.read1(_BLOCK):
        if position and not data.strip(b"\0"):
            data = b""
            continue
        member = zlib.decompressobj(_GZIP)
        while not member.eof:
            data = data or source.read1(_BLOCK)
            if not data:
                yield member.flush()
                text = f"the gzip data breaks off at byte {position}"
                raise InvalidRecord("broken_gzip", text)
            before = member.copy()
            try:
                plain = member.decompress(data, _BLOCK)
            except zlib.error:
                yield from _up_to_the_fault(before, data)
                text = f"the gzip data is broken behind byte {position}"
                raise InvalidRecord("broken_gzip", text) from None
            position += len(data) - len(member.unconsumed_tail) - len(member.unused_data)
            data = member.unconsumed_tail or member.unused_data
            yield plain


def _up_to_the_fault(member: "zlib._Decompress", data: bytes) -> Iterator[bytes]:
    """What can be had of a portion with a fault in it: byte by byte, as far as it goes."""
    with suppress(zlib.error):
        for byte in data:
            yield member.decompress(bytes((byte,)))


class _Again(io.RawIOBase):
    """A stream that is read once, when it is asked for, and kept."""

    def __init__(self, portions: Iterator[bytes], source: BinaryIO) -> None:
        self.broken: InvalidRecord | None = None
        self._portions = portions
        self._source = source
        self._spool = tempfile.TemporaryFile(prefix="listener-")  # noqa: SIM115 - closed in close
        self._ends = array("q", [0])  # where each block ends in the file
        self._tail = bytearray()
        self._is_whole = False
        self._position = 0
        self._block = lru_cache(_BLOCKS_AT_HAND)(self._read_block)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_CUR:
            offset += self._position
        elif whence != io.SEEK_SET:
            raise io.UnsupportedOperation("the end of a stream isn't known")
        self._position = offset
        return offset

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type] # a writable buffer
        while not self._is_whole and self._position >= self._size:
            self._pull()
        if self._position >= self._size:
            return 0
        number, start = divmod(self._position, _BLOCK)
        block = self._tail if number == len(self._ends) - 1 else self._block(number)
        part = block[start : start + len(view)]
        view[: len(part)] = part
        self._position += len(part)
        return len(part)

    def close(self) -> None:
        if not self.closed:
            self._spool.close()
            self._source.close()
        super().close()

    @property
    def _size(self) -> int:
        return (len(self._ends) - 1) * _BLOCK + len(self._tail)

    def _pull(self) -> None:
        try:
            self._tail += next(self._portions)
        except StopIteration:
            self._is_whole = True
        except InvalidRecord as error:
            self.broken, self._is_whole = error, True
        while len(self._tail) >= _BLOCK:
            self._keep(zlib.compress(self._tail[:_BLOCK], _LEVEL))
            del self._tail[:_BLOCK]

    def _keep(self, packed: bytes) -> None:
        try:
            self._spool.seek(self._ends[-1])
            self._spool.write(packed)
        except OSError as error:
            reason = (error.strerror or "it can't be written").lower()
            raise UsageError(
                f"can't keep what is read in {tempfile.gettempdir()}: {reason}; set TMPDIR, or "
                "give a file that is not packed"
            ) from None
        self._ends.append(self._ends[-1] + len(packed))

    def _read_block(self, number: int) -> bytes:
        self._spool.seek(self._ends[number])
        return zlib.decompress(self._spool.read(self._ends[number + 1] - self._ends[number]))
