"""A text without the names that brands are listened for by."""

import unicodedata
from collections.abc import Iterable

from listener.queries.evaluation import found_at
from listener.queries.folding import fold_aligned, span_as_written
from listener.queries.reading import Searched
from listener.queries.syntax import Term


def without(names: Iterable[Term], text: str) -> str:
    """The text with each of `names` blanked: "united" alone scores +1.8 in VADER.

    Its letters are normalised but keep their case, by which VADER knows who shouts.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).replace("\u2019", "'")
    folded, places = fold_aligned(text)
    literals = Searched(folded)
    found = [span for name in names for span in found_at(name, folded, literals)]
    kept, end = "", 0
    for span in sorted(found):
        start, stop = span_as_written(places, span)
        kept += f"{text[end:start]} "
        end = max(end, stop)
    return kept + text[end:]
