"""Whether what was found stands near each other, counted in the words between."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from listener.queries.words import Span, words_between


def are_near(
    left: Sequence[Span],
    right: Sequence[Span],
    gap: int,
    word_starts: Sequence[int],
    *,
    ordered: bool,
) -> Sequence[Span]:
    """The first pair, one of each (both sorted), with at most `gap` words between, or nothing.

    What overlaps is no pair: in "visa card" the visa is not near a visa card.
    """
    starts = [start for start, _ in right]
    by_end = sorted(right, key=lambda span: span[1])
    ends = [end for _, end in by_end]
    for span in left:
        after = bisect_left(starts, span[1])
        if after < len(right) and words_between(word_starts, span[1], starts[after]) <= gap:
            return [span, right[after]]
        before = bisect_right(ends, span[0]) - 1
        if ordered or before < 0:
            continue
        if words_between(word_starts, ends[before], span[0]) <= gap:
            return [by_end[before], span]
    return []


def are_together(
    each: Sequence[Sequence[Span]], gap: int, word_starts: Sequence[int]
) -> Sequence[Span]:
    """The first stretch that holds one of `each` and at most `gap` other words, or nothing.

    The stretch moves along the text: it grows to the right until nothing is missing, then shrinks
    from the left.
    """
    marks = sorted((*span, which) for which, spans in enumerate(each) for span in spans)
    length = sum(words_between(word_starts, *spans[0]) for spans in each)
    within: dict[int, int] = {}
    first = 0
    for last, (_, end, which) in enumerate(marks):
        within[which] = within.get(which, 0) + 1
        while len(within) == len(each):
            start, _, left = marks[first]
            if words_between(word_starts, start, end) <= length + gap:
                return [(start, end) for start, end, _ in marks[first : last + 1]]
            within[left] -= 1
            if not within[left]:
                del within[left]
            first += 1
    return []
