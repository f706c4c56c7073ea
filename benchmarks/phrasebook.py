"""The hand-written texts of the demo recording, and how one of them is said by one person.

`demo_texts/GROUP.LANGUAGE.txt` holds one text a line. ``[a|b]`` is a choice, ``{place}`` a slot;
``{b}`` is the brand and ``{c}`` its support account, as they are written on that kind of source;
``{DUR}`` or ``{B}`` is the slot in capitals. A line that starts with ``~`` complains of the
company's silence and is left out once the company has spoken. `handles.txt` has two lines, the
first and the second halves of invented account names.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

TEXTS: Final = Path(__file__).with_name("demo_texts")
_CHOICE: Final = re.compile(r"\[([^\[\]]*\|[^\[\]]*)\]")
# The brand behind a finished sentence: a tag on a microblog, the name of the thread on a forum.
_ADDED_ON: Final = re.compile(r"[^\w,'] \{b\}$")
_SLOT: Final = re.compile(r"\{(\w+)\}")

_PLACES: Final = tuple((TEXTS / "places.txt").read_text("utf-8").splitlines())
_WORDS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "nl": {
        "be_place": ("Hasselt", "Turnhout", "Lommel", "Genk", "Brasschaat", "Maaseik"),
        "prov": ("Gelderland", "Overijssel", "Zeeland", "Brabant", "Flevoland", "Drenthe"),
        "prov2": ("Groningen", "Limburg", "Friesland", "Utrecht"),
        "source_word": ("de buurtapp", "mijn moeder", "een forum", "de radio", "de groepsapp"),
        "price": ("55 euro", "62 euro", "€ 67,50", "72 euro", "€ 59,95", "€80"),
    },
    "en": {
        "be_place": ("Hasselt", "Turnhout"),
        "prov": ("Gelderland", "Overijssel", "Zeeland", "Brabant", "Flevoland"),
        "prov2": ("Groningen", "Limburg"),
        "price": ("55 euros", "62 euros", "€67.50", "72 euros", "€80"),
    },
}
_SHARED: Final[dict[str, tuple[str, ...]]] = {
    "place": _PLACES,
    "place2": _PLACES,
    "people": ("4", "5", "6", "7", "8", "12"),
    "age": ("74", "79", "81", "83", "86"),
    "queue": ("37", "58", "84", "143", "118", "206", "31"),
    "years": ("3", "4", "6", "8", "11"),
    "speed": ("500", "600", "1000"),
    "speed2": ("312", "387", "410", "453", "478"),
    "up": ("9", "14", "22", "31"),
    "water": ("Rotte", "Vecht", "IJssel", "Amstel", "Maas"),
}
# Minutes since the outage began, and how people round them.
_DURATIONS: Final[tuple[tuple[float, dict[str, tuple[str, ...]]], ...]] = (
    (8, {"nl": ("een paar minuten", "vijf minuten"), "en": ("a few minutes", "five minutes")}),
    (13, {"nl": ("tien minuten", "ruim tien minuten"), "en": ("ten minutes", "10 min")}),
    (19, {"nl": ("een kwartier", "ruim een kwartier"), "en": ("15 minutes", "a quarter hour")}),
    (26, {"nl": ("twintig minuten", "20 min"), "en": ("twenty minutes", "over 20 minutes")}),
    (36, {"nl": ("een half uur", "een halfuur", "30 min"), "en": ("half an hour", "30 minutes")}),
    (44, {"nl": ("ruim een half uur", "40 minuten"), "en": ("forty minutes", "40 min")}),
    (53, {"nl": ("drie kwartier", "bijna een uur"), "en": ("45 minutes", "almost an hour")}),
    (999, {"nl": ("een uur", "ruim een uur"), "en": ("an hour", "over an hour")}),
)
_HANDLES: Final = tuple(
    tuple(line.split()) for line in (TEXTS / "handles.txt").read_text("utf-8").splitlines()
)
_TAGS: Final = {"nl": ("#storing", "#zilverneteruit"), "en": ("#outage", "#zilvernetdown")}
_ANGRY: Final = ("😡", "🤬", "😤", "🙄", "😭", "!!", "!!!")


@dataclass(frozen=True, slots=True)
class Line:
    """One hand-written text of a group."""

    group: str
    language: str
    text: str
    of_silence: bool


@dataclass(slots=True)
class Deck:
    """Deals the lines of one group and language in random order, all of them before any again.

    What was dealt last goes to the bottom, so that nobody hears the same twice in a minute.
    """

    lines: list[Line]
    _left: list[Line] = field(default_factory=list)
    _dealt: list[Line] = field(default_factory=list)

    def deal(self, rng: Random, *, company_spoke: bool) -> Line:
        while True:
            if not self._left:
                self._left = list(self.lines)
                rng.shuffle(self._left)
                last = self._dealt[-len(self.lines) // 2 :]
                self._left.sort(key=lambda line: line not in last)
            line = self._left.pop()
            self._dealt.append(line)
            if not (company_spoke and line.of_silence):
                return line


def load(group: str, language: str) -> Deck:
    """The deck of one file; raises OSError where there is none."""
    raw = (TEXTS / f"{group}.{language}.txt").read_text("utf-8").splitlines()
    return Deck(
        [
            Line(group, language, line.removeprefix("~ "), line.startswith("~ "))
            for line in raw
            if line
        ]
    )


def say(line: Line, rng: Random, *, kind: str, outage_minutes: float) -> str:
    """The line as one person writes it on a source of this `kind`."""
    text = line.text
    if _ADDED_ON.search(text):
        added = rng.choice(("@zilvernet", "#zilvernet")) if kind == "microblog" else ""
        text = text.removesuffix("{b}") + added if added else "[Zilvernet] " + text[:-4]
    text = fill(text, line.language, rng, kind=kind, outage_minutes=outage_minutes)
    if kind != "microblog" or text.isupper():
        return text
    heated = line.group in {"outage_negative", "emergency"}
    if heated and rng.random() < 0.18:
        text = f"{text} {rng.choice(_ANGRY)}" if text[-1].isalnum() else text
    if line.group.startswith(("outage", "trickle")) and rng.random() < 0.15:
        text = f"{text} {rng.choice(_TAGS[line.language])}"
    if rng.random() < 0.14:
        text = text.lower()
    return _slip(text, rng) if rng.random() < 0.05 else text


def fill(text: str, language: str, rng: Random, *, kind: str, outage_minutes: float) -> str:
    """Choices made and slots filled; the first letter is a capital where a slot stood first."""
    microblog = kind == "microblog"
    duration = next(words for until, words in _DURATIONS if outage_minutes < until)
    brand = ("@zilvernet", "@zilvernet", "Zilvernet", "Zilvernet", "zilvernet", "#zilvernet")
    slots = {
        **_SHARED,
        **_WORDS[language],
        "b": brand if microblog else ("Zilvernet", "Zilvernet", "zilvernet"),
        "c": ("@zilvernetcare",) if microblog else ("Zilvernet",),
        "dur": duration[language],
    }
    said: dict[str, str] = {}

    def slot(match: re.Match[str]) -> str:
        name = match.group(1)
        key = name.lower()
        if key not in said:
            taken = said.values()
            said[key] = rng.choice([word for word in slots[key] if word not in taken])
        return said[key] if name == key else said[key].upper()

    text = _CHOICE.sub(lambda match: rng.choice(match.group(1).split("|")), text)
    filled = _SLOT.sub(slot, text)
    return filled[0].upper() + filled[1:] if text.startswith("{dur}") else filled


def handle(rng: Random) -> str:
    """An invented name that nobody has to be."""
    first, second = _HANDLES
    number = rng.choice(("", "", str(rng.randrange(2, 99))))
    return rng.choice(first) + rng.choice(("", "_", "")) + rng.choice(second) + number


def _slip(text: str, rng: Random) -> str:
    """Two letters of one longer word change places, as they do on a telephone's keyboard."""
    words = text.split(" ")
    long = [
        place
        for place, word in enumerate(words)
        if len(word) > 5 and word.isalpha() and word.casefold() != "zilvernet"
    ]
    if long:
        place = rng.choice(long)
        word = words[place]
        at = rng.randrange(1, len(word) - 2)
        words[place] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return " ".join(words)
