"""What goes with the counts of the last hour: who wrote, where, and the posts worth showing.

Kept in pieces of five minutes. Whatever is asked for reaches from some moment until now, so a post
is kept only as long as it is among the first of all that came with it or after it: of the 72 that
an hour's pieces could hold a busy brand has about 20, and nothing that is shown is missing.
"""

from typing import Final

from detectors.crowd import how_many
from detectors.records import Bucket, Deleted
from detectors.records.tally import buckets_from_json, buckets_to_json

DETAIL_SPAN: Final = 3600
_GRAIN: Final = 300


class Details:
    """The pieces by their start in Unix seconds."""

    def __init__(self) -> None:
        self._pieces: dict[int, Bucket] = {}
        self._begun = 0  # the piece that event time is in, counted from 1970

    def add(self, start: int, bucket: Bucket) -> int:
        """Take up what was said from `start` on; how many of its authors are new in their piece."""
        piece = self._pieces.setdefault(start // _GRAIN * _GRAIN, Bucket())
        before = piece.counts.authors
        piece.merge(bucket)
        known = min(round(how_many(piece.authors)), piece.counts.negative)
        piece.counts.authors = max(known, before)
        return piece.counts.authors - before

    def go_on(self, now: int) -> None:
        """Event time has come to `now`."""
        if now // _GRAIN == self._begun:
            return
        self._begun = now // _GRAIN
        oldest = self._begun * _GRAIN - DETAIL_SPAN
        self._pieces = {at: kept for at, kept in self._pieces.items() if at >= oldest}
        since = Bucket()
        for start in sorted(self._pieces, reverse=True):
            piece = self._pieces[start]
            since.add_samples(piece.worst, piece.widest)
            piece.keep_samples_of(since)

    def recent(self, now: int, span: int) -> Bucket:
        """All of about the last `span` seconds, of an hour at most."""
        recent = Bucket()
        for start in sorted(self._pieces):
            if start + _GRAIN > now - span:
                recent.merge(self._pieces[start])
        return recent

    def erase(self, deleted: Deleted) -> bool:
        """Show no more of what was deleted. Whether anything had to go."""
        changed = [piece.erase(deleted) for piece in self._pieces.values()]
        return any(changed)

    def to_json(self) -> dict[str, object]:
        return buckets_to_json(self._pieces)

    @classmethod
    def from_json(cls, value: object) -> "Details":
        """Raises `InvalidRecord`."""
        details = cls()
        details._pieces = buckets_from_json(value)
        return details
