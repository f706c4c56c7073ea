"""What was said of each brand since the start: by sentiment, source and language."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from detectors.records import Tally

OTHER: Final = "other"
SENTIMENTS: Final = ("negative", "neutral", "positive", "unscored")
MAX_SOURCES: Final = 20


@dataclass(slots=True)
class BrandMix:
    """Counts of one brand; each mapping adds up to the same sum."""

    sentiments: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SENTIMENTS, 0))
    sources: dict[str, int] = field(default_factory=dict)
    languages: dict[str, int] = field(default_factory=dict)


class Mixes:
    """The brands' counts, added up from tallies.

    A source's name comes from outside: only the first `MAX_SOURCES` of them all are kept apart.
    Languages are those that the operator listens in, which is bound enough.
    """

    def __init__(self, brands: Iterable[str] = ()) -> None:
        """`brands` are shown from the start, so that the first mention is seen as a rise."""
        self._brands = {brand: BrandMix() for brand in brands}
        self._sources: dict[str, str] = {}

    def add(self, tally: Tally) -> None:
        """Take up what one envelope says of one brand."""
        mix = self._brands.get(tally.brand)
        if mix is None:
            mix = self._brands[tally.brand] = BrandMix()
        sentiments, sources, languages = mix.sentiments, mix.sources, mix.languages
        for bucket in tally.buckets.values():
            counts = bucket.counts
            sentiments["negative"] += counts.negative
            sentiments["neutral"] += counts.neutral
            sentiments["positive"] += counts.positive
            sentiments["unscored"] += counts.unscored
            for source, (mentions, _) in bucket.sources.items():
                name = self._sources.get(source) or self._known(source)
                sources[name] = sources.get(name, 0) + mentions
            for language, mentions in bucket.languages.items():
                languages[language] = languages.get(language, 0) + mentions

    def items(self) -> Iterator[tuple[str, BrandMix]]:
        """A copy of the list of brands: another thread may add to it meanwhile."""
        return iter(list(self._brands.items()))

    def _known(self, source: str) -> str:
        if len(self._sources) >= MAX_SOURCES:
            return OTHER
        self._sources[source] = source
        return source
