"""Text cut into the units that a language's rules look at: words, emoji, emoticons, breaks.

What stands between two white spaces is cut up once and remembered, so that a text costs little
more than looking its pieces up. Most are words that the lexicon doesn't know: those share one unit.
All of it is linear in the text.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from detectors.sentiment.lexicon import Lexicon
from detectors.sentiment.lookup import WordLookup
from detectors.sentiment.phrases import Phrases, Starts
from detectors.sentiment.vocabulary import Vocabulary

_REMEMBERED: Final = 50_000  # pieces, and as many words; about 20 MB together
_LONGEST: Final = 60  # characters of a piece worth remembering, and of a word worth looking up
_PIECE: Final = re.compile(r"[^\W_]+(?:['’`´&\-][^\W_]+)*|[.!?;:,…()\[\]\"“”|/]+|[^\w\s]|_+")
_HUMPS: Final = re.compile(r"[^\W\d_a-zà-öø-ÿ]?[a-zß-öø-ÿ]+|[^\W\d_a-zà-öø-ÿ]+(?![a-zß-öø-ÿ])|\d+")
_APOSTROPHES: Final = str.maketrans("’`´", "'''")
_MARKS: Final = ".,!?;:…"
_ENDS: Final = frozenset(".!?;…|")
_PUNCTUATION: Final = frozenset('.!?;:,…()[]"“”|/')
_SLICE: Final = 200


# Not frozen: that would take most of the time that reading a new word takes.
@dataclass(slots=True)
class Unit:
    """One word (or emoji, or emoticon), or a break between clauses or sentences.

    `tells` is whether it does anything but stand there: break, shout, be boosted.
    """

    form: str
    value: float = 0.0
    boost: float = 0.0
    tells: bool = False
    shouted: bool = False
    starts: Starts | None = None
    negates: bool = False
    contrasts: bool = False
    breaks: bool = False
    ends: bool = False
    ironic: bool = False


_BREAK: Final = Unit(",", breaks=True)
_END: Final = Unit(".", breaks=True, ends=True)
# Any word that the lexicon does not know, which is most of them.
_UNKNOWN: Final = Unit("")
_SHOUTED: Final = Unit("", shouted=True)


class UnitReader:
    """Cuts texts into units for one lexicon. `symbols` are emoji and emoticons with values."""

    def __init__(self, lexicon: Lexicon, symbols: Mapping[str, float]) -> None:
        self._lexicon = lexicon
        self._symbols = {
            symbol: Unit(symbol, value, tells=True, ironic=symbol in lexicon.irony)
            for symbol, value in symbols.items()
        }
        self._lookup = WordLookup(lexicon)
        emoticons = {symbol.rstrip(_MARKS) for symbol in symbols}  # "c:" is no word with a mark
        self._vocabulary = Vocabulary(lexicon, emoticons.union(self._lookup.without_accents))
        self._phrases = Phrases(lexicon.phrases)
        self._functional = frozenset().union(
            lexicon.negations, lexicon.boosters, lexicon.contrast, lexicon.breaks, lexicon.irony
        )
        self._known: dict[str, Sequence[Unit]] = {}
        self._words_known: dict[str, Unit] = {}
        self._question = Unit(
            "?",
            lexicon.words.get("?", 0.0),
            tells=True,
            breaks=True,
            ends=True,
            starts=self._phrases.starting_with("?"),
        )

    def read(self, text: str) -> list[Unit]:
        """The units of a text; those of words that the lexicon doesn't know have no `form`."""
        known = self._known
        units: list[Unit] = []
        for piece in text.split():
            found = known.get(piece)
            units += self._learn(piece) if found is None else found
        return units

    def read_all(self, text: str) -> list[Unit]:
        """The same units, every one with its form: for people to read."""
        return [unit for piece in text.split() for unit in self._cut(piece)]

    def _learn(self, piece: str) -> Sequence[Unit]:
        units = self._in_brief(piece)
        if len(piece) <= _LONGEST:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[piece] = units
        return units

    def _in_brief(self, piece: str) -> Sequence[Unit]:
        """The units of a piece; all words of which the lexicon knows nothing are the same one."""
        word = piece.rstrip(_MARKS)
        if not (word.isalpha() and word.isascii()) or self._vocabulary.may_know(word.lower()):
            return self._cut(piece)
        unit = _SHOUTED if len(word) > 1 and word.isupper() else _UNKNOWN
        return (unit,) if word == piece else (unit, self._mark(piece[len(word) :]))

    def _cut(self, piece: str) -> Sequence[Unit]:
        emoticon = piece.lower()
        symbol = self._symbols.get(emoticon) or self._symbols.get(emoticon.rstrip(".,!?"))
        if symbol is not None:
            return (symbol,)
        piece = _composed(piece)
        word = piece.rstrip(_MARKS)
        if word.isalpha():  # most pieces are one word, with or without a mark behind it
            marks = piece[len(word) :]
            return (self._word(word), self._mark(marks)) if marks else (self._word(word),)
        units: list[Unit] = []
        hashtag = piece[0] == "#"
        for part in _PIECE.findall(piece):
            if part[0].isalnum():
                units += self._words(part, hashtag)
                if hashtag and f"#{part.lower()}" in self._lexicon.irony:
                    units[-1] = Unit(piece, tells=True, ironic=True)
            elif part in self._symbols:
                units.append(self._symbols[part])
            elif part[0] in _PUNCTUATION:
                units.append(self._mark(part))
        return units

    def _mark(self, marks: str) -> Unit:
        if "?" in marks:
            return self._question
        return _BREAK if _ENDS.isdisjoint(marks) else _END

    def _words(self, part: str, hashtag: bool) -> list[Unit]:
        if not part.isascii():
            part = part.translate(_APOSTROPHES)
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
        """The same unit each time, whatever marks stand around the word."""
        unit = self._words_known.get(word)
        if unit is None:
            unit = self._new_word(word)
            if len(word) <= _LONGEST:
                if len(self._words_known) >= _REMEMBERED:
                    self._words_known.clear()
                self._words_known[word] = unit
        return unit

    def _new_word(self, word: str) -> Unit:
        form, value = word.lower(), 0.0
        shouted = len(word) > 1 and word.isupper()
        if not (self._vocabulary.may_know(form) or form[0].isdigit()):
            return Unit(form, shouted=shouted)
        if len(form) <= _LONGEST:
            form, value = self._lookup.find(form)
        starts = self._phrases.starting_with(form)
        if form not in self._functional:
            tells = value != 0 or starts is not None
            return Unit(form, value, 0.0, tells, shouted, starts)
        lexicon = self._lexicon
        contrasts = form in lexicon.contrast
        return Unit(
            form,
            value,
            boost=lexicon.boosters.get(form, 0.0),
            tells=True,
            negates=form in lexicon.negations,
            contrasts=contrasts,
            breaks=contrasts or form in lexicon.breaks,
            shouted=shouted,
            ironic=form in lexicon.irony,
            starts=starts,
        )


def _composed(piece: str) -> str:
    """NFC, in slices: composing takes quadratic time in a row of combining marks."""
    if piece.isascii():
        return piece
    slices = (piece[start : start + _SLICE] for start in range(0, len(piece), _SLICE))
    return "".join(unicodedata.normalize("NFC", part) for part in slices)
