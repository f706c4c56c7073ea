"""What goes with the counts of the last hour: who wrote, where, and the posts worth showing.

Kept in pieces of five minutes. Whatever is asked for reaches from some moment until now, so a post
is kept only as long as it is among the first of all that came with it or after it: of the 72 that
an hour's pieces could hold a busy brand has about 20, and nothing that is shown is missing.

Pieces that are over are seldom looked at, and stored again and again. So they are packed once they
are over, until more is said of them that comes late: as the JSON that they are stored as, which
is a quarter of the size, compressed, which is less than half of that.
"""

import zlib
from array import array
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import orjson

from detectors.crowd import how_many
from detectors.records import Bucket, Counts, Deleted, Sample, dumps, loads
from detectors.records.bucket import buckets_from_json, buckets_to_json

DETAIL_SPAN: Final = 3600
_GRAIN: Final = 300


def _typical() -> bytes:
    """The words of a piece, so that they need not be in each of them."""
    post = Sample(
        id="1",
        source="mastodon",
        kind="microblog",
        text="",
        published_at=datetime(2026, 1, 1, tzinfo=UTC),
        author="a",
        url="https://",
        language="nl",
        compound=-0.5,
        reach=1,
    )
    sources = {f"microblog/{name}": [1, 1] for name in ("reddit", "mastodon", "bluesky")}
    piece = Bucket(Counts(1, 1), {"forum/reddit": [1, 1], **sources}, {"nl": 1, "en": 1})
    piece.worst = piece.widest = [post]
    return dumps(piece.to_json())


_WORDS: Final = _typical()
_FAST: Final = 1
_RAW: Final = -15  # no header, as it stays in this process
_NAME: Final = "q"  # a hash: three of each of six posts at most


class _Packed:
    """A piece in compressed JSON, behind the names by which its posts may be deleted.

    All in one, as a brand has a dozen of them.
    """

    __slots__ = ("_bytes",)

    def __init__(self, piece: Bucket) -> None:
        packer = zlib.compressobj(_FAST, wbits=_RAW, zdict=_WORDS)
        packed = packer.compress(dumps(piece.to_json())) + packer.flush()
        names = array(_NAME, piece.names())
        self._bytes = bytes([len(names)]) + names.tobytes() + packed

    @property
    def names(self) -> Sequence[int]:
        """See `Bucket.names`."""
        return array(_NAME, self._bytes[1 : self._end_of_names])

    def encoded(self) -> bytes:
        return zlib.decompressobj(_RAW, _WORDS).decompress(self._bytes[self._end_of_names :])

    def piece(self) -> Bucket:
        return Bucket.from_json(loads(self.encoded()))

    @property
    def _end_of_names(self) -> int:
        return 1 + self._bytes[0] * array(_NAME).itemsize


class Details:
    """The pieces by their start in Unix seconds, each either open or packed."""

    def __init__(self) -> None:
        self._open: dict[int, Bucket] = {}
        self._packed: dict[int, _Packed] = {}
        self._begun = 0  # the piece that event time is in
        self._pruned = 0  # and which it was in when posts were last dropped

    def add(self, start: int, bucket: Bucket) -> int:
        """Take up what was said from `start` on; how many of its authors are new in their piece."""
        start = start // _GRAIN * _GRAIN
        piece = self._open[start] = self._piece(start)
        self._packed.pop(start, None)
        before = piece.counts.authors
        piece.merge(bucket)
        known = min(round(how_many(piece.authors)), piece.counts.negative)
        piece.counts.authors = max(known, before)
        return piece.counts.authors - before

    def go_on(self, now: int) -> None:
        """Event time has come to `now`: forget what is over for an hour, pack what is over."""
        begun = now // _GRAIN * _GRAIN
        if begun == self._begun:
            return
        self._begun = begun
        for start in self._starts():
            if start < begun - DETAIL_SPAN:
                self._open.pop(start, None)
                self._packed.pop(start, None)
        self._pack_before(begun)

    def recent(self, now: int, span: int) -> Bucket:
        """All of about the last `span` seconds, of an hour at most."""
        recent = Bucket()
        for start in self._starts():
            if start + _GRAIN > now - span:
                recent.merge(self._piece(start))
        return recent

    def erase(self, deleted: Deleted) -> bool:
        """Show no more of what was deleted. Whether anything had to go."""
        changed = [piece.erase(deleted) for piece in self._open.values()]
        for start, packed in self._packed.items():
            if deleted.may_concern(packed.names):
                piece = packed.piece()
                changed.append(piece.erase(deleted))
                self._packed[start] = _Packed(piece)
        return any(changed)

    def to_json(self) -> dict[str, object]:
        """All of it, as `from_json` takes it; what is over is packed by then."""
        if self._pruned != self._begun:
            self._pruned = self._begun
            self._prune()
        self._pack_before(self._begun)
        packed = {str(start): orjson.Fragment(one.encoded()) for start, one in self._packed.items()}
        return {**packed, **buckets_to_json(self._open)}

    @classmethod
    def from_json(cls, value: object) -> "Details":
        """Raises `InvalidRecord`."""
        details = cls()
        details._open = buckets_from_json(value)
        return details

    def _pack_before(self, end: int) -> None:
        for start in [start for start in self._open if start < end]:
            self._packed[start] = _Packed(self._open.pop(start))

    def _starts(self) -> list[int]:
        return sorted({*self._open, *self._packed})

    def _piece(self, start: int) -> Bucket:
        packed = self._packed.get(start)
        return packed.piece() if packed is not None else self._open.get(start) or Bucket()

    def _prune(self) -> None:
        """Drop the posts that are not to be shown again.

        One that stands in several pieces, itself or in reposts, stays in all: if one is deleted,
        so are the others.
        """
        pieces = {start: self._piece(start) for start in self._starts()}
        seen, several = set[tuple[str, str]](), set[tuple[str, str]]()
        for piece in pieces.values():
            several |= seen & piece.originals()
            seen |= piece.originals()
        since = Bucket()
        for start in reversed(pieces):
            piece = pieces[start]
            since.add_samples(piece.worst, piece.widest)
            piece.keep_samples_of(since, several)
        self._open, self._packed = pieces, {}
