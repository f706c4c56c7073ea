"""The words of a language, and the format that its file is written in.

VADER's own format is a lexicon: a word, a tab, its score from -4 to 4, and whatever follows
another tab is ignored. On top of that, all of it optional:

    # comment             a line of its own
    storing*      -2      any ending ("storingen"); *storing any beginning ("treinstoring")
    leuk(|e|er)   2       one line for several forms
    geen reactie  -2      a phrase: it counts as a whole, its words do not
    valt ... mee  1.5     "..." stands for up to four words of the same clause, "_" for one word,
                          "#" for a number
    [negations]           then one word a line: turns the sign of what it belongs to
    [boosters]            word, tab, strength (VADER's is 0.293; less than 0 dampens)
    [contrast]            what follows it weighs more than what came before: "but"
    [breaks]              begins a clause: negations do not reach across
    [irony]               makes blame of the praise in the same text ("#not", 🙃)
    [settings]            name, tab, number: see `Settings`

A word written out wins over a pattern, and a longer pattern over a shorter one. An entry with
score 0 takes a word away.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Final, Self

_STRONGEST: Final = 10.0
_FORMS: Final = re.compile(r"\(([^()]*)\)")
_MISPLACED: Final = re.compile(r"\w\*\w|^\*\w.*\*$")
_LISTS: Final = ("negations", "contrast", "breaks", "irony")
_SECTIONS: Final = ("words", "boosters", "settings", *_LISTS)

Phrase = tuple[str, ...]
SHORTEST_PATTERN: Final = 3
"""Letters that a pattern has at least."""


class InvalidLexicon(ValueError):
    """A line that can't be read; the text names the file, the line and what was expected."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a language is put together, in words and factors.

    `reach` is how many words before a word a negation is looked for, `reach_back` how many words
    a negation that has nothing to negate behind it looks back ("ik vind het leuk niet"). A negated
    positive word counts `turn_positive` times its value, a negated negative one `turn_negative`
    times. `negative_weight` multiplies what is negative.
    """

    reach: float = 3
    reach_back: float = 0
    turn_positive: float = -0.74
    turn_negative: float = -0.74
    negative_weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The words of one language; `lookup` finds them."""

    words: Mapping[str, float] = field(default_factory=dict)
    beginnings: Mapping[str, float] = field(default_factory=dict)
    endings: Mapping[str, float] = field(default_factory=dict)
    phrases: Mapping[Phrase, float] = field(default_factory=dict)
    negations: frozenset[str] = frozenset()
    boosters: Mapping[str, float] = field(default_factory=dict)
    contrast: frozenset[str] = frozenset()
    breaks: frozenset[str] = frozenset()
    irony: frozenset[str] = frozenset()
    settings: Mapping[str, float] = field(default_factory=dict)

    def with_(self, other: Self) -> Self:
        """This one with the entries of `other` laid over it."""
        return replace(
            self,
            words={**self.words, **other.words},
            beginnings={**self.beginnings, **other.beginnings},
            endings={**self.endings, **other.endings},
            phrases={**self.phrases, **other.phrases},
            negations=self.negations | other.negations,
            boosters={**self.boosters, **other.boosters},
            contrast=self.contrast | other.contrast,
            breaks=self.breaks | other.breaks,
            irony=self.irony | other.irony,
            settings={**self.settings, **other.settings},
        )


def parse_lexicon(text: str, name: str = "lexicon") -> Lexicon:
    """Read a lexicon from the text of a file; `name` is what errors call it."""
    entries: dict[str, dict[str, float]] = {section: {} for section in _SECTIONS}
    section = "words"
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), start=1):
        line = unicodedata.normalize("NFC", line.rstrip())  # noqa: PLW2901 - the same line, normalised
        if not line or line.startswith("# "):
            continue
        if line.startswith("[") and line.endswith("]") and "\t" not in line:
            section = line[1:-1]
            if section not in entries:
                raise InvalidLexicon(
                    f"{name}:{number}: no section {line!r}; there are {', '.join(_SECTIONS)}"
                )
            continue
        word, _, rest = line.partition("\t")
        value = _number(rest, section, f"{name}:{number}")
        for form in _forms(" ".join(word.lower().split())):
            if section == "words" and any(_MISPLACED.search(part) for part in form.split()):
                raise InvalidLexicon(f"{name}:{number}: {form!r}: a * stands at an end of a word")
            entries[section][form] = value
    _check_settings(entries["settings"], name)
    words = entries["words"]
    return Lexicon(
        words={entry: value for entry, value in words.items() if _is_plain(entry)},
        beginnings={
            entry[:-1]: value
            for entry, value in words.items()
            if not _is_plain(entry) and " " not in entry and entry.endswith("*")
        },
        endings={
            entry[1:]: value
            for entry, value in words.items()
            if not _is_plain(entry) and " " not in entry and entry.startswith("*")
        },
        phrases={tuple(entry.split()): value for entry, value in words.items() if " " in entry},
        negations=frozenset(entries["negations"]),
        boosters=entries["boosters"],
        contrast=frozenset(entries["contrast"]),
        breaks=frozenset(entries["breaks"]),
        irony=frozenset(entries["irony"]),
        settings=entries["settings"],
    )


def _number(rest: str, section: str, place: str) -> float:
    if section in _LISTS:
        return 0.0
    try:
        value = float(rest.partition("\t")[0])
    except ValueError:
        raise InvalidLexicon(f"{place}: expected a word, a tab and a number") from None
    if not -_STRONGEST <= value <= _STRONGEST:
        raise InvalidLexicon(f"{place}: {value} is out of range; VADER's scores run from -4 to 4")
    return value


def _forms(entry: str) -> Sequence[str]:
    """`leuk(|e|er)` -> leuk, leuke, leuker. An emoticon's bracket has no partner and stays."""
    match = _FORMS.search(entry)
    if match is None or "|" not in match[1]:
        return [entry]
    head, tail = entry[: match.start()], entry[match.end() :]
    return [form for ending in match[1].split("|") for form in _forms(head + ending + tail)]


def _is_plain(entry: str) -> bool:
    """Whether it is one word written out; so little as ":*" is an emoticon, not a pattern."""
    letters = entry.strip("*")
    return " " not in entry and (letters == entry or len(letters) < SHORTEST_PATTERN)


def _check_settings(settings: Mapping[str, float], name: str) -> None:
    known = {setting.name for setting in fields(Settings)}
    for setting in settings:
        if setting not in known:
            raise InvalidLexicon(
                f"{name}: no setting {setting!r}; there are {', '.join(sorted(known))}"
            )
