"""How well scores agree with labels that people gave: what `listener evaluate` prints."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from detectors.sentiment.analyser import Hit, Label

LABELS: Final[tuple[Label, ...]] = ("negative", "neutral", "positive")


@dataclass(frozen=True, slots=True)
class Judged:
    """One text with the label that people gave it and the one that it was scored with."""

    id: str
    text: str
    expected: Label
    found: Label
    compound: float | None
    hits: Sequence[Hit] = ()


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """Of one class: right among those found, right among those expected, and their F1."""

    precision: float
    recall: float
    f1: float
    expected: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """`classes` and `macro_f1` (their mean F1) are over the labels that people used.

    `confusion` counts (expected, found).
    """

    texts: int
    accuracy: float
    macro_f1: float
    classes: dict[Label, ClassFigures]
    confusion: Counter[tuple[Label, Label]]


def evaluate(judged: Iterable[Judged]) -> Evaluation:
    confusion = Counter((one.expected, one.found) for one in judged)
    texts = confusion.total()
    used = [label for label in LABELS if any(expected == label for expected, _ in confusion)]
    classes = {label: _figures(confusion, label) for label in used}
    right = sum(count for (expected, found), count in confusion.items() if expected == found)
    return Evaluation(
        texts=texts,
        accuracy=right / texts if texts else 0.0,
        macro_f1=sum(each.f1 for each in classes.values()) / len(classes) if classes else 0.0,
        classes=classes,
        confusion=confusion,
    )


def worst(judged: Iterable[Judged], limit: int = 10) -> list[Judged]:
    """The mistakes that are furthest off: surest of the opposite first, texts unscored last."""
    wrong = [one for one in judged if one.expected != one.found]
    return sorted(wrong, key=lambda one: (-_distance(one), one.id))[:limit]


def _distance(one: Judged) -> float:
    if one.compound is None:
        return -1.0
    return abs(one.compound - {"negative": -1.0, "positive": 1.0}.get(one.expected, 0.0))


def _figures(confusion: Counter[tuple[Label, Label]], label: Label) -> ClassFigures:
    right = confusion[label, label]
    expected = sum(count for (of, _), count in confusion.items() if of == label)
    found = sum(count for (_, as_), count in confusion.items() if as_ == label)
    precision = right / found if found else 0.0
    recall = right / expected if expected else 0.0
    both = precision + recall
    return ClassFigures(precision, recall, 2 * precision * recall / both if both else 0.0, expected)
