"""Which phrases of a lexicon begin at a word, and where they end.

A word of a phrase may be open: "_" is any word, "#" a number, "stor*" a beginning, and "..." up to
`MAX_GAP` words. A phrase stays within its clause.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from detectors.sentiment.lexicon import Phrase

_OPEN: Final = frozenset({"...", "_", "#"})
ANY: Final = ""
MAX_GAP: Final = 4
"""How many words "..." in a phrase stands for at most."""

_Valued = tuple[Phrase, float]
Ends = Sequence[tuple[Phrase, float]]
"""What has to follow the first word of phrases, and their values, in the order in which to try."""
Starts = Mapping[str, Ends]
"""How the phrases that begin with a word go on, by the word that follows; under `ANY` those in
which any other word may follow."""


class Word(Protocol):
    """What a phrase wants to know of a word of the text.

    The form of a word that stands in no phrase may be empty.
    """

    form: str
    breaks: bool
    starts: Starts | None


class Phrases:
    """The phrases of one lexicon."""

    def __init__(self, phrases: Mapping[Phrase, float]) -> None:
        by_first: dict[str, list[_Valued]] = {}
        self._open: dict[str, list[_Valued]] = {}
        for phrase, value in sorted(phrases.items(), key=lambda item: -len(item[0])):
            first = phrase[0]
            listed = (
                self._open.setdefault(first[0], [])
                if first.endswith("*")
                else (by_first.setdefault(first, []))
            )
            listed.append((phrase, value))
        self._by_first = by_first
        self._starts = {first: _by_second(listed) for first, listed in by_first.items()}

    def starting_with(self, form: str) -> Starts | None:
        """Those whose first word `form` may be; `None` where there are none."""
        first = form[0]
        listed = self._open.get(first)
        if listed is None and not first.isdigit():
            return self._starts.get(form)
        begun = [one for one in listed or () if form.startswith(one[0][0].rstrip("*"))]
        numbers = self._by_first.get("#", ()) if first.isdigit() else ()
        if not (begun or numbers):
            return self._starts.get(form)
        found = [*self._by_first.get(form, ()), *begun, *numbers]
        return _by_second(sorted(found, key=lambda one: -len(one[0])))


def longest_phrase(words: Sequence[Word], start: int, ends: Ends) -> tuple[int, float]:
    """Where the first of the phrases from `start` on that fits ends (exclusive), and its value.

    `ends` are those that may fit by the word that follows. The end is 0 where none does.
    """
    for following, value in ends:
        end = _match(words, start + 1, following)
        if end:
            return end, value
    return 0, 0.0


def _by_second(phrases: Sequence[_Valued]) -> Starts:
    """`phrases` come longest first; those whose second word is fixed are tried before others."""
    fixed: dict[str, list[_Valued]] = {}
    others: list[_Valued] = []
    for (_, *following), value in phrases:
        is_open = following[0] in _OPEN or following[0].endswith("*")
        listed = others if is_open else fixed.setdefault(following[0], [])
        listed.append((tuple(following), value))
    return {ANY: others} | {second: listed + others for second, listed in fixed.items()}


def _match(words: Sequence[Word], at: int, following: Phrase) -> int:
    """Where a phrase ends of which `following` stands at `at`, 0 where it does not."""
    gap = False
    for word in following:
        if word == "...":
            gap = True
            continue
        last = min(at + (MAX_GAP if gap else 0), len(words) - 1)
        while at <= last and not _fits(word, words[at]):
            if words[at].breaks:
                return 0
            at += 1
        if at > last:
            return 0
        at, gap = at + 1, False
    return at


def _fits(word: str, found: Word) -> bool:
    form = found.form
    if word == form:
        return True
    if word.endswith("*"):
        return form.startswith(word[:-1])
    if word == "_":
        return not found.breaks
    return word == "#" and form[:1].isdigit()
