"""The rules that VADER's family shares, for a lexicon of any language.

Values of words and phrases are turned by negations (before, and in some languages after),
strengthened by boosters and capitals, weighed by contrast ("but") within the sentence, added up
with the emphasis of exclamation and question marks, and brought within -1 and 1 by VADER's
s / sqrt(s^2 + 15).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from detectors.sentiment.analyser import Explanation, Hit
from detectors.sentiment.lexicon import Lexicon, Settings
from detectors.sentiment.phrases import ANY, longest_phrase
from detectors.sentiment.units import Unit, UnitReader

_ALPHA: Final = 15
_SHOUTING: Final = 0.733  # VADER's C_INCR
_DISTANCE: Final = (1.0, 0.95, 0.9)
_BEFORE_CONTRAST: Final = 0.5
_AFTER_CONTRAST: Final = 1.5
_IRONY: Final = -0.5


@dataclass(slots=True)
class _Span:
    """Units `start` to `end` (exclusive) count together with `value`."""

    start: int
    end: int
    value: float
    negated: bool = False


class LexiconAnalyser:
    """Scores texts by a lexicon. `symbols` are the values of emoji and emoticons."""

    def __init__(self, name: str, lexicon: Lexicon, symbols: Mapping[str, float]) -> None:
        self.name = name
        self._reader = UnitReader(lexicon, symbols)
        settings = Settings(**lexicon.settings)
        self._reach = int(settings.reach)
        self._reach_back = int(settings.reach_back)
        self._settings = settings

    def compound(self, text: str) -> float:
        return self._total(self._spans(self._reader.read(text)), text)

    def explain(self, text: str) -> Explanation:
        units = self._reader.read_all(text)
        spans = self._spans(units)
        hits = [
            Hit(" ".join(unit.form for unit in units[span.start : span.end]), round(span.value, 3))
            for span in spans
            if span.value
        ]
        return Explanation(self._total(spans, text), hits)

    def _spans(self, units: Sequence[Unit]) -> list[_Span]:
        spans, others, stressed = _find(units)
        if spans and (others or stressed):
            self._modify(units, spans, others)
        return spans

    def _modify(self, units: Sequence[Unit], spans: Sequence[_Span], others: Sequence[int]) -> None:
        """Change the values of `spans` by the words beside them, those at `others` among them."""
        negations = [at for at in others if units[at].negates]
        if negations:
            self._negate(units, spans, negations)
        shouting = any(units[span.start].shouted for span in spans) and _mixed_case(units)
        for span in spans:
            if span.value:
                self._strengthen(units, span, shouting)
        if any(units[at].contrasts for at in others):
            _weigh_contrast(units, spans)
        if any(units[at].ironic for at in others):
            for span in spans:
                span.value *= _IRONY if span.value > 0 else 1

    def _negate(self, units: Sequence[Unit], spans: Sequence[_Span], free: Sequence[int]) -> None:
        """Mark the spans that negations belong to; such a negation counts for no more itself."""
        by_start = {span.start: span for span in spans}
        by_end = {span.end: span for span in spans if span.value > 0} if self._reach_back else {}
        for at in free:
            targets = _ahead(units, at, self._reach, by_start)
            if not targets and by_end:
                targets = _behind(units, at, self._reach_back, by_end)
            for target in targets:
                target.negated = True
            if targets and at in by_start:
                by_start[at].value = 0.0

    def _strengthen(self, units: Sequence[Unit], span: _Span, shouting: bool) -> None:
        """By capitals and boosters; and turn what is negated."""
        sign = 1.0 if span.value > 0 else -1.0
        if shouting and units[span.start].shouted:
            span.value += sign * _SHOUTING
        for distance, factor in enumerate(_DISTANCE):
            k = span.start - 1 - distance
            if k < 0 or units[k].breaks:
                break
            if units[k].boost:
                span.value += sign * units[k].boost * factor
        if span.negated:  # two negations are one: "ne ... pas", "no ... nunca"
            settings = self._settings
            span.value *= settings.turn_positive if span.value > 0 else settings.turn_negative

    def _total(self, spans: Sequence[_Span], text: str) -> float:
        weight = self._settings.negative_weight
        total = sum([value * weight if (value := span.value) < 0 else value for span in spans])
        if not total:
            return 0.0
        total += math.copysign(_emphasis(text), total)
        return round(total / math.sqrt(total * total + _ALPHA), 4)


def _find(units: Sequence[Unit]) -> tuple[list[_Span], list[int], bool]:
    """The spans that count, in order, and the places of words that do something to them.

    And whether any word is a booster or shouted: most texts have spans and none of the others.
    """
    spans: list[_Span] = []
    others: list[int] = []
    stressed = False
    covered = 0
    for i, unit in enumerate(units):
        if not unit.tells:
            continue
        stressed = stressed or unit.shouted or unit.boost != 0
        if i < covered:
            continue
        if unit.starts is not None:
            following = units[i + 1].form if i + 1 < len(units) else ANY
            ends = unit.starts.get(following) or unit.starts[ANY]
            if ends:
                end, value = longest_phrase(units, i, ends)
                if end:
                    if value:
                        spans.append(_Span(i, end, value))
                    covered = end
                    continue
        if unit.negates or unit.contrasts or unit.ironic:
            others.append(i)
        if unit.value and not (unit.boost and _boosts_next(units, i)):
            spans.append(_Span(i, i + 1, unit.value))
    return spans, others, stressed


def _ahead(
    units: Sequence[Unit], at: int, reach: int, by_start: Mapping[int, _Span]
) -> list[_Span]:
    """The spans that begin within `reach` units after a negation, in the same clause."""
    targets = []
    for k in range(at + 1, min(at + 1 + reach, len(units))):
        if units[k].breaks:
            break
        if k in by_start:
            targets.append(by_start[k])
    return targets


def _behind(units: Sequence[Unit], at: int, reach: int, by_end: Mapping[int, _Span]) -> list[_Span]:
    """The nearest of the spans that end within `reach` units before it, in the same clause."""
    for k in range(at, max(at - reach, 0), -1):
        if k in by_end:
            return [by_end[k]]
        if units[k - 1].breaks:
            break
    return []


def _boosts_next(units: Sequence[Unit], i: int) -> bool:
    """Whether a word that is both ("vreselijk lekker") stands before what it strengthens."""
    following = units[i + 1] if i + 1 < len(units) else None
    return following is not None and bool(following.value)


def _mixed_case(units: Sequence[Unit]) -> bool:
    shouted = sum(unit.shouted for unit in units)
    return 0 < shouted < len(units)


def _weigh_contrast(units: Sequence[Unit], spans: Sequence[_Span]) -> None:
    """Within a sentence what comes after "but" weighs more than what came before."""
    sentence = begins = 0
    contrast: dict[int, int] = {}
    sentences = []
    for i, unit in enumerate(units):
        sentences.append(sentence)
        if unit.contrasts and i > begins:
            contrast.setdefault(sentence, i)
        if unit.ends:
            sentence, begins = sentence + 1, i + 1
    for span in spans:
        at = contrast.get(sentences[span.start])
        if at is not None:
            span.value *= _BEFORE_CONTRAST if span.start < at else _AFTER_CONTRAST


def _emphasis(text: str) -> float:
    """VADER's: up to four exclamation marks, and more than one question mark."""
    questions = text.count("?")
    emphasis = min(text.count("!"), 4) * 0.292
    if questions > 1:
        emphasis += min(questions * 0.18, 0.96)
    return emphasis
