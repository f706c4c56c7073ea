"""What goes with the counts of the last hour: who wrote, where, how far it reached."""

from typing import Final

from detectors.crowd import how_many
from detectors.details import DETAIL_SPAN, Details
from detectors.records import Bucket, Sample
from detectors.settings import DetectionSettings

POSTS_SHOWN: Final = 5


def posts_of(recent: Bucket) -> tuple[Sample, ...]:
    """The worst ones, then the widest-reaching; a text that is repeated stands there once."""
    posts: dict[str, Sample] = {}
    for post in (*recent.worst, *recent.widest):
        if not post.is_deleted:
            posts.setdefault(post.text, post)
    return tuple(posts.values())[:POSTS_SHOWN]


class Surroundings:
    """The details of the last hour at one moment.

    Worked out only when asked: at most evaluations nobody does.
    """

    def __init__(self, details: Details, now: int) -> None:
        self._details = details
        self._now = now

    def recent(self, span: int) -> Bucket:
        """The details of about the last `span` seconds, of an hour at most."""
        return self._details.recent(self._now, span)

    def alarming_authors(self, span: int) -> float:
        """How many people used a safety, legal or data-breach term; infinite if not known."""
        authors = self.recent(span).alarming_authors
        return how_many(authors) if authors else float("inf")

    def has_two_kinds(self, settings: DetectionSettings) -> bool:
        """Whether the negatives of the last hour come from two kinds of source."""
        kinds: dict[str, int] = {}
        for source, (_, negative) in self.recent(DETAIL_SPAN).sources.items():
            kind = source.partition("/")[0]
            kinds[kind] = kinds.get(kind, 0) + negative
        return sum(negative >= settings.second_source for negative in kinds.values()) > 1

    def reaches_many(self, settings: DetectionSettings) -> bool:
        """Whether the negatives of the last hour reach very many people."""
        return self.recent(DETAIL_SPAN).counts.negative_reach >= settings.wide_reach
