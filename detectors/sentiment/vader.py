"""English by VADER (Hutto & Gilbert, 2014): the rules of `vaderSentiment` 3.3.2, made fast.

The lexicon and the word lists are that package's own. Its four scores come out exactly, to the
last digit, in time linear in the text: the package goes through every character for emoji and
builds its lists anew for each word, this looks every word up once (and remembers what it found).
"""

import heapq
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from string import punctuation
from typing import Final

from vaderSentiment.vaderSentiment import (
    BOOSTER_DICT,
    C_INCR,
    N_SCALAR,
    NEGATE,
    SPECIAL_CASES,
    SentimentIntensityAnalyzer,
)

from detectors.sentiment.analyser import Explanation, Hit

_REMEMBERED: Final = 50_000  # words; about 10 MB
_LONGEST: Final = 100  # characters of a word worth remembering
_EMOTICON: Final = 2  # characters: punctuation around so little belongs to it
_FURTHEST: Final = 2  # how many words may stand between a modifier and its word
_MANY_QUESTIONS: Final = 3
_ALPHA: Final = 15
_DISTANCE: Final = (1.0, 0.95, 0.9)  # how much a booster counts one, two and three words away
_BOOSTING_PAIRS: Final = frozenset(pair for pair in BOOSTER_DICT if " " in pair)
# A word that every special phrase has one of: without any near by there is nothing to look up.
_TELLING: Final = frozenset(
    max(phrase.split(), key=len) for phrase in (*SPECIAL_CASES, *_BOOSTING_PAIRS) if " " in phrase
)


@dataclass(frozen=True, slots=True)
class Scores:
    """VADER's four: the shares of negative, neutral and positive words, and the compound."""

    neg: float
    neu: float
    pos: float
    compound: float


@dataclass(frozen=True, slots=True)
class _Word:
    lower: str
    shouted: bool
    valence: float | None
    scored: bool
    boost: float
    negates: bool
    telling: bool


class VaderAnalyser:
    """Plain VADER."""

    name = "vader"

    def __init__(self) -> None:
        package = SentimentIntensityAnalyzer()
        self._lexicon: dict[str, float] = package.lexicon
        self._emoji: dict[str, str] = package.emojis
        # The package compares single characters, so the longer emoji never match there either.
        single = "".join(re.escape(emoji) for emoji in self._emoji if len(emoji) == 1)
        self._emoji_pattern = re.compile(f"[{single}]")
        self._words: dict[str, _Word] = {}

    def compound(self, text: str) -> float:
        return self.scores(text).compound

    def scores(self, text: str) -> Scores:
        text = self._spelled_out(text)
        words = self._look_up(text)
        return _add_up([value for _, value in self._values(words)], len(words), text)

    def explain(self, text: str) -> Explanation:
        """The compound, and what each word that counted added to it."""
        text = self._spelled_out(text)
        words = self._look_up(text)
        values = self._values(words)
        hits = [Hit(words[i].lower, value) for i, value in values if value]
        return Explanation(_add_up([v for _, v in values], len(words), text).compound, hits)

    def _spelled_out(self, text: str) -> str:
        """Emoji replaced by what they are called, as the package does it."""
        if text.isascii():
            return text.strip()

        def called(match: re.Match[str]) -> str:
            start = match.start()
            apart = start > 0 and text[start - 1] != " "
            return (" " if apart else "") + self._emoji[match.group()]

        return self._emoji_pattern.sub(called, text).strip()

    def _look_up(self, text: str) -> list[_Word]:
        known = self._words
        return [known.get(token) or self._learn(token) for token in text.split()]

    def _learn(self, token: str) -> _Word:
        stripped = token.strip(punctuation)
        word = stripped if len(stripped) > _EMOTICON else token
        lower = word.lower()
        valence = self._lexicon.get(lower)
        learnt = _Word(
            lower=lower,
            shouted=word.isupper(),
            valence=valence,
            scored=valence is not None and lower not in BOOSTER_DICT,
            boost=BOOSTER_DICT.get(lower, 0.0) if valence is None else 0.0,
            negates=valence is None and (lower in _NEGATE or "n't" in lower),
            telling=lower in _TELLING,
        )
        if len(self._words) >= _REMEMBERED:
            self._words.clear()
        if len(token) < _LONGEST:
            self._words[token] = learnt
        return learnt

    def _values(self, words: Sequence[_Word]) -> list[tuple[int, float]]:
        """The places of the words that count, and what each adds."""
        hits = [i for i, word in enumerate(words) if word.scored]
        if not hits:
            return []
        shouted = sum(word.shouted for word in words)
        mixed = 0 < shouted < len(words)
        values = [
            (i, self._value(words, i, mixed))
            for i in hits
            if not (words[i].lower == "kind" and _lower_at(words, i + 1) == "of")
        ]
        but = next((i for i, word in enumerate(words) if word.lower == "but"), None)
        return values if but is None else _weigh_contrast(values, but)

    def _value(self, words: Sequence[_Word], i: int, mixed: bool) -> float:
        word = words[i]
        base = value = word.valence or 0.0
        if word.lower == "no" and i + 1 < len(words) and words[i + 1].valence is not None:
            value = 0.0  # it negates the next word instead
        if _after_no(words, i):
            value = base * N_SCALAR
        if word.shouted and mixed:
            value += C_INCR if value > 0 else -C_INCR
        for distance in range(min(i, 3)):
            before = words[i - 1 - distance]
            if before.valence is not None:
                continue
            if before.boost:
                value += _boost(before, value, mixed) * _DISTANCE[distance]
            value = _negated(value, words, i, distance)
            if distance == _FURTHEST and any(near.telling for near in words[i - 3 : i + 3]):
                value = _special(value, words, i)
        least = i > 0 and words[i - 1].lower == "least"
        if least and not (i > 1 and words[i - 2].lower in {"at", "very"}):
            value *= N_SCALAR
        return value


_NEGATE: Final = frozenset(NEGATE)


def _lower_at(words: Sequence[_Word], i: int) -> str:
    return words[i].lower if i < len(words) else ""


def _after_no(words: Sequence[_Word], i: int) -> bool:
    before = [word.lower for word in words[max(i - 3, 0) : i]]
    if "no" in before[-2:]:
        return True
    return before[:-2] == ["no"] and before[-1] in {"or", "nor"}


def _boost(booster: _Word, value: float, mixed: bool) -> float:
    boost = -booster.boost if value < 0 else booster.boost
    if booster.shouted and mixed:
        boost += C_INCR if value > 0 else -C_INCR
    return boost


def _negated(value: float, words: Sequence[_Word], i: int, distance: int) -> float:
    """The value after what the word `distance` + 1 places before it says about it."""
    lower = words[i - 1 - distance].lower
    if distance:
        between = [words[k].lower for k in range(i - distance, i)]
        # Three words away "so" and "this" count without a "never": an `or` without brackets.
        if (lower == "never" and between[0] in {"so", "this"}) or (
            distance == _FURTHEST and between[1] in {"so", "this"}
        ):
            return value * 1.25
        if lower == "without" and "doubt" in between:
            return value
    return value * N_SCALAR if words[i - 1 - distance].negates else value


def _special(value: float, words: Sequence[_Word], i: int) -> float:
    three, two, one, zero = (words[k].lower for k in range(i - 3, i + 1))
    for phrase in (
        f"{one} {zero}",
        f"{two} {one} {zero}",
        f"{two} {one}",
        f"{three} {two} {one}",
        f"{three} {two}",
    ):
        if phrase in SPECIAL_CASES:
            value = SPECIAL_CASES[phrase]
            break
    following = f"{zero} {_lower_at(words, i + 1)}"
    value = SPECIAL_CASES.get(following, value)
    value = SPECIAL_CASES.get(f"{following} {_lower_at(words, i + 2)}", value)
    for pair in (f"{three} {two}", f"{two} {one}"):
        if pair in _BOOSTING_PAIRS:
            value += BOOSTER_DICT[pair]
    return value


def _weigh_contrast(values: list[tuple[int, float]], but: int) -> list[tuple[int, float]]:
    """Words before the first "but" count half, those after it half as much again.

    The package looks each value up by its number, so of equal values the first is changed again
    and again. That is part of its scores: a heap of places per value finds the first one.
    """
    current = dict(values)
    places: dict[float, list[int]] = {}
    for i, value in values:
        places.setdefault(value, []).append(i)  # ascending, and so a heap
    for i, _ in values:
        value = current[i]
        if not value:
            continue
        first = places[value][0]
        changed = value * (0.5 if first < but else 1.5)
        heapq.heappop(places[value])
        current[first] = changed
        heapq.heappush(places.setdefault(changed, []), first)
    return list(current.items())


def _add_up(values: Sequence[float], words: int, text: str) -> Scores:
    if not words:
        return Scores(0.0, 0.0, 0.0, 0.0)
    questions = text.count("?")
    emphasis = min(text.count("!"), 4) * 0.292
    if questions > 1:
        emphasis += questions * 0.18 if questions <= _MANY_QUESTIONS else 0.96
    total = float(sum(values))
    if total:
        total += math.copysign(emphasis, total)
    positive = negative = 0.0
    neutral = words - len(values)
    for value in values:
        if value > 0:
            positive += value + 1
        elif value < 0:
            negative += value - 1
        else:
            neutral += 1
    if positive > -negative:
        positive += emphasis
    elif positive < -negative:
        negative -= emphasis
    weight = positive - negative + neutral
    return Scores(
        neg=round(-negative / weight, 3),
        neu=round(neutral / weight, 3),
        pos=round(positive / weight, 3),
        compound=round(total / math.sqrt(total * total + _ALPHA), 4),
    )
