"""All that is kept of one stretch of event time: counts, labels, authors and the posts to show.

Samples are ordered by what they are, never by when they came: the order in which buckets are
merged, or how mentions were split over them, changes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Final

from detectors.crowd import is_key, merged
from detectors.records.codec import InvalidRecord, as_list, as_object, kind
from detectors.records.counts import Counts
from detectors.records.deletion import Deleted
from detectors.records.sample import Original, Sample, first_of
from detectors.records.times import from_epoch

MAX_LABELS: Final = 24
OTHER: Final = "other"
_WORST_FIRST: Final = attrgetter("worst_first")
_WIDEST_FIRST: Final = attrgetter("widest_first")


@dataclass(slots=True)
class Bucket:
    """All that is kept of one stretch of event time.

    `sources` maps ``kind/source`` to [mentions, negative], `languages` a code to mentions; both
    hold at most `MAX_LABELS` labels, what comes beyond them is counted under ``other``.
    `worst` (negative mentions only) and `widest` hold `MAX_SAMPLES` posts at most. `authors` and
    `alarming_authors` stand for who wrote the negative and the alarming ones: see `crowd`.
    """

    counts: Counts = field(default_factory=Counts)
    sources: dict[str, list[int]] = field(default_factory=dict)
    languages: dict[str, int] = field(default_factory=dict)
    worst: list[Sample] = field(default_factory=list)
    widest: list[Sample] = field(default_factory=list)
    authors: Sequence[int] = ()
    alarming_authors: Sequence[int] = ()

    def merge(self, other: "Bucket") -> None:
        self.counts.add(other.counts)
        for source, (mentions, negative) in other.sources.items():
            self.add_source(source, mentions, negative)
        for language, mentions in other.languages.items():
            self.add_language(language, mentions)
        self.add_samples(other.worst, other.widest)
        self.add_authors(other.authors, other.alarming_authors)

    def add_source(self, source: str, mentions: int, negative: int) -> None:
        pair = self.sources.setdefault(_bounded(source, self.sources), [0, 0])
        pair[0] += mentions
        pair[1] += negative

    def add_language(self, language: str, mentions: int) -> None:
        language = _bounded(language, self.languages)
        self.languages[language] = self.languages.get(language, 0) + mentions

    def add_samples(self, worst: Iterable[Sample], widest: Iterable[Sample]) -> None:
        if worst:
            self.worst = first_of((*self.worst, *worst), _WORST_FIRST)
        if widest:
            self.widest = first_of((*self.widest, *widest), _WIDEST_FIRST)

    def originals(self) -> set[Original]:
        """What its posts say, or repost."""
        return {sample.original for sample in (*self.worst, *self.widest)}

    def names(self) -> set[int]:
        """Hashes of the ids and authors by which its posts may be deleted, of this process."""
        posts = (*self.worst, *self.widest)
        names = {name for post in posts for name in (post.id, post.repost_of, post.author)}
        return {hash(name) for name in names if name is not None}

    def keep_samples_of(self, other: "Bucket", always: Set[Original]) -> None:
        """Drop the posts that `other` lacks, but for those of which is `always` to be known; one
        that was deleted stays, so that it stays so."""
        self.worst = _those_of(self.worst, other.worst, always)
        self.widest = _those_of(self.widest, other.widest, always)

    def erase(self, deleted: Deleted) -> bool:
        """Show no more of what was deleted; counts stay. Whether anything had to go."""
        worst = [sample.without(deleted) for sample in self.worst]
        widest = [sample.without(deleted) for sample in self.widest]
        changed = worst != self.worst or widest != self.widest
        self.worst, self.widest = worst, widest
        return changed

    def add_authors(self, negative: Iterable[int], alarming: Iterable[int]) -> None:
        if negative:
            self.authors = merged(self.authors, negative)
        if alarming:
            self.alarming_authors = merged(self.alarming_authors, alarming)

    def to_json(self) -> dict[str, object]:
        return {
            "counts": self.counts.to_json(),
            "sources": self.sources,
            "languages": self.languages,
            "worst": [sample.to_json() for sample in self.worst],
            "widest": [sample.to_json() for sample in self.widest],
            "authors": [*self.authors],
            "alarming_authors": [*self.alarming_authors],
        }

    @classmethod
    def from_json(cls, value: object) -> "Bucket":
        record = as_object(value, "bucket")
        bucket = cls(counts=Counts.from_json(record.get("counts")))
        for source, pair in as_object(record.get("sources"), "sources").items():
            match pair:
                case [int(mentions), int(negative)]:
                    bucket.add_source(source, mentions, negative)
                case _:
                    raise InvalidRecord("bad_field", "sources: expected [mentions, negative]")
        for language, count in as_object(record.get("languages"), "languages").items():
            if not isinstance(count, int):
                raise InvalidRecord("bad_field", f"languages: got {kind(count)} for a count")
            bucket.add_language(language, count)
        told = as_list(record.get("worst"), "worst")
        worst = [Sample.from_json(item) for item in told]
        # Most that reach many are among the worst as well.
        widest = [
            worst[told.index(item)] if item in told else Sample.from_json(item)
            for item in as_list(record.get("widest"), "widest")
        ]
        bucket.add_samples(worst, widest)
        bucket.add_authors(
            _keys(record.get("authors", [])), _keys(record.get("alarming_authors", []))
        )
        return bucket


def buckets_to_json(buckets: Mapping[int, Bucket]) -> dict[str, object]:
    """As `buckets_from_json` takes them."""
    return {str(start): bucket.to_json() for start, bucket in buckets.items()}


def buckets_from_json(value: object) -> dict[int, Bucket]:
    """Buckets by their start in Unix seconds, as `Tally` and the detector's state write them."""
    buckets: dict[int, Bucket] = {}
    for start, bucket in as_object(value, "buckets").items():
        try:
            seconds = int(start)
            from_epoch(seconds)
        except (ValueError, OverflowError):
            raise InvalidRecord("bad_field", f"buckets: {start[:40]!r} is no time") from None
        buckets[seconds] = Bucket.from_json(bucket)
    return buckets


def _those_of(
    samples: Iterable[Sample], others: Iterable[Sample], always: Set[Original]
) -> list[Sample]:
    posts = {sample.original for sample in others} | always
    return [sample for sample in samples if sample.is_deleted or sample.original in posts]


def _keys(value: object) -> list[int]:
    return [key for key in as_list(value, "authors") if is_key(key)]


def _bounded(label: str, known: Mapping[str, object]) -> str:
    return label if label in known or len(known) < MAX_LABELS else OTHER
