"""Text cut into the units that a language's rules look at: words, emoji, emoticons, breaks.

What stands between two white spaces is cut up once and remembered, so that a text costs little
more than looking its pieces up. All of it is linear in the text.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from detectors.sentiment.lexicon import Lexicon, Phrase

_REMEMBERED: Final = 50_000  # pieces; about 20 MB
_LONGEST: Final = 60  # characters of a piece worth remembering, and of a word worth looking up
_PIECE: Final = re.compile(r"[^\W_]+(?:['’`´&\-][^\W_]+)*|[.!?;:,…()\[\]\"“”|/]+|[^\w\s]|_+")
_HUMPS: Final = re.compile(r"[^\W\d_a-zà-öø-ÿ]?[a-zß-öø-ÿ]+|[^\W\d_a-zà-öø-ÿ]+(?![a-zß-öø-ÿ])|\d+")
_STRETCHED: Final = re.compile(r"(.)\1{2,}")
_APOSTROPHES: Final = str.maketrans("’`´", "'''")
_SENTENCE_END: Final = re.compile(r"[.!?;…|]")
_OPEN: Final = frozenset({"...", "_", "#"})
_SLICE: Final = 200
MAX_GAP: Final = 4
"""How many words "..." in a phrase stands for at most."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One word (or emoji, or emoticon), or a break between clauses or sentences.

    `starts` are the phrases that may begin with it, longest first, by the word that must follow;
    those where more than one word may follow are under "".
    """

    form: str
    value: float = 0.0
    boost: float = 0.0
    negates: bool = False
    contrasts: bool = False
    breaks: bool = False
    ends: bool = False
    shouted: bool = False
    ironic: bool = False
    starts: Mapping[str, Sequence[tuple[Phrase, float]]] = field(default_factory=dict)


_BREAK: Final = Unit(",", breaks=True)
_END: Final = Unit(".", breaks=True, ends=True)


class UnitReader:
    """Cuts texts into units for one lexicon. `symbols` are emoji and emoticons with values."""

    def __init__(self, lexicon: Lexicon, symbols: Mapping[str, float]) -> None:
        self._lexicon = lexicon
        self._symbols = {
            symbol: Unit(symbol, value, ironic=symbol in lexicon.irony)
            for symbol, value in symbols.items()
        }
        self._plain = _without_accents(lexicon)
        self._accented = _accented(lexicon)
        self._phrases: dict[str, list[tuple[Phrase, float]]] = {}
        self._open_phrases: list[tuple[str, Phrase, float]] = []
        for phrase, value in sorted(lexicon.phrases.items(), key=lambda item: -len(item[0])):
            first = phrase[0]
            if first.endswith("*"):
                self._open_phrases.append((first[:-1], phrase, value))
            else:
                self._phrases.setdefault(first, []).append((phrase, value))
        self._known: dict[str, Sequence[Unit]] = {}
        self._question = Unit(
            "?", lexicon.words.get("?", 0.0), breaks=True, ends=True, starts=self._starts("?")
        )

    def read(self, text: str) -> list[Unit]:
        known = self._known
        units: list[Unit] = []
        for piece in text.split():
            found = known.get(piece)
            units += self._learn(piece) if found is None else found
        return units

    def _learn(self, piece: str) -> Sequence[Unit]:
        units = tuple(self._cut(piece))
        if len(piece) <= _LONGEST:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[piece] = units
        return units

    def _cut(self, piece: str) -> list[Unit]:
        emoticon = piece.lower()
        symbol = self._symbols.get(emoticon) or self._symbols.get(emoticon.rstrip(".,!?"))
        if symbol is not None:
            return [symbol]
        units: list[Unit] = []
        hashtag = piece.startswith("#")
        for match in _PIECE.finditer(_composed(piece)):
            part = match.group()
            if part[0].isalnum():
                units += self._words(part.translate(_APOSTROPHES), hashtag)
                if hashtag and f"#{part.lower()}" in self._lexicon.irony:
                    units[-1] = Unit(piece, ironic=True)
            elif part in self._symbols:
                units.append(self._symbols[part])
            elif "?" in part:
                units.append(self._question)
            elif _SENTENCE_END.search(part):
                units.append(_END)
            elif part[0] in ',:()[]"“”/':
                units.append(_BREAK)
        return units

    def _words(self, part: str, hashtag: bool) -> list[Unit]:
        unit = self._word(part)
        if unit.value or len(part) > _LONGEST:
            return [unit]
        if "-" in part:
            return [self._word(word) for word in part.split("-")]
        if "'" in part and not (unit.negates or unit.boost or unit.starts):
            return [self._word(word) for word in part.split("'")]
        if hashtag and not part.islower() and not part.isupper():
            return [self._word(word) for word in _HUMPS.findall(part)] or [unit]
        return [unit]

    def _word(self, word: str) -> Unit:
        lexicon, form = self._lexicon, word.lower()
        value: float | None = None
        if len(form) <= _LONGEST:
            value = lexicon.value_of(form)
            squeezed = form
            if value is None and _STRETCHED.search(form):
                for kept in (r"\1\1", r"\1"):
                    squeezed = _STRETCHED.sub(kept, form)
                    value = lexicon.value_of(squeezed)
                    if value is not None or squeezed in lexicon.negations:
                        break
            form = squeezed
            if value is None and form.isascii():
                value = self._plain.get(form)
            elif value is None and form not in self._accented:  # emphasis, as in "wéér"
                form = _bare(form)
                value = lexicon.value_of(form)
        return Unit(
            form,
            value=value or 0.0,
            boost=lexicon.boosters.get(form, 0.0),
            negates=form in lexicon.negations,
            contrasts=form in lexicon.contrast,
            breaks=form in lexicon.breaks or form in lexicon.contrast,
            shouted=len(word) > 1 and word.isupper(),
            ironic=form in lexicon.irony,
            starts=self._starts(form),
        )

    def _starts(self, form: str) -> Mapping[str, Sequence[tuple[Phrase, float]]]:
        found = list(self._phrases.get(form, ()))
        found += [(phrase, v) for head, phrase, v in self._open_phrases if form.startswith(head)]
        if form[0].isdigit():
            found += self._phrases.get("#", ())
        starts: dict[str, list[tuple[Phrase, float]]] = {}
        for phrase, value in sorted(found, key=lambda item: -len(item[0])):
            second = phrase[1]
            fixed = second not in _OPEN and not second.endswith("*")
            starts.setdefault(second if fixed else "", []).append((phrase, value))
        return starts


def longest_phrase(units: Sequence[Unit], start: int) -> tuple[int, float]:
    """Where the longest phrase that begins at `start` ends (exclusive), and its value.

    The end is 0 where no phrase fits.
    """
    starts = units[start].starts
    following = units[start + 1].form if start + 1 < len(units) else ""
    for phrase, value in (*starts.get(following, ()), *starts.get("", ())):
        end = _match(units, start, phrase)
        if end:
            return end, value
    return 0, 0.0


def _match(units: Sequence[Unit], start: int, phrase: Phrase) -> int:
    at, gap = start + 1, False
    for word in phrase[1:]:
        if word == "...":
            gap = True
            continue
        last = min(at + (MAX_GAP if gap else 0), len(units) - 1)
        while at <= last and not _fits(word, units[at]):
            if units[at].breaks:
                return 0
            at += 1
        if at > last:
            return 0
        at, gap = at + 1, False
    return at


def _composed(piece: str) -> str:
    """NFC, in slices: composing takes quadratic time in a row of combining marks."""
    if piece.isascii():
        return piece
    slices = (piece[start : start + _SLICE] for start in range(0, len(piece), _SLICE))
    return "".join(unicodedata.normalize("NFC", part) for part in slices)


def _fits(word: str, unit: Unit) -> bool:
    form = unit.form
    if word == form:
        return True
    if word.endswith("*"):
        return form.startswith(word[:-1])
    if word == "_":
        return not unit.breaks
    return word == "#" and form[0].isdigit()


def _without_accents(lexicon: Lexicon) -> dict[str, float]:
    """Words by their spelling without accents, for those who write them so."""
    plain = {}
    for word, value in lexicon.words.items():
        if not word.isascii():
            plain[_bare(word)] = value
    return plain


def _accented(lexicon: Lexicon) -> frozenset[str]:
    """Words with accents that matter without having a score."""
    sections = (lexicon.negations, lexicon.boosters, lexicon.contrast, lexicon.breaks)
    words = {word for section in (*sections, *lexicon.phrases) for word in section}
    return frozenset(word for word in words if not word.isascii())


def _bare(word: str) -> str:
    letters = unicodedata.normalize("NFKD", word)
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
