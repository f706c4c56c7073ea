"""What `listener evaluate` prints: figures, confusion and the worst mistakes."""

from collections.abc import Sequence
from typing import Final

from detectors.sentiment import Label
from detectors.sentiment.evaluation import LABELS, Evaluation, Judged
from detectors.text import clean, one_line

_MAX_TEXT: Final = 10_000
_SHOWN_TEXT: Final = 100


def as_object(result: Evaluation, errors: Sequence[Judged]) -> dict[str, object]:
    return {
        "texts": result.texts,
        "accuracy": round(result.accuracy, 4),
        "macro_f1": round(result.macro_f1, 4),
        "classes": {
            label: {
                "precision": round(each.precision, 4),
                "recall": round(each.recall, 4),
                "f1": round(each.f1, 4),
                "texts": each.expected,
            }
            for label, each in result.classes.items()
        },
        "confusion": [
            {"expected": expected, "found": found, "texts": count}
            for (expected, found), count in sorted(result.confusion.items())
        ],
        "mistakes": [
            {
                "id": one.id,
                "text": one_line(one.text, _MAX_TEXT),
                "expected": one.expected,
                "found": one.found,
                "compound": one.compound,
                "words": {hit.words: hit.value for hit in one.hits},
            }
            for one in errors
        ],
    }


def as_table(result: Evaluation, errors: Sequence[Judged]) -> str:
    found: list[Label] = [*LABELS]
    if any(label == "unscored" for _, label in result.confusion):
        found.append("unscored")
    lines = [
        f"{result.texts:,} texts   accuracy {result.accuracy:.3f}   macro-F1 {result.macro_f1:.3f}",
        "",
        f"{'':<10}{'precision':>10}{'recall':>8}{'F1':>7}{'texts':>8}",
        *(
            f"{label:<10}{each.precision:>10.3f}{each.recall:>8.3f}{each.f1:>7.3f}{each.expected:>8,}"
            for label, each in result.classes.items()
        ),
        "",
        f"{'said by people':<16}" + "".join(f"{label:>10}" for label in found) + "   <- scored",
        *(
            f"{label:<16}" + "".join(f"{result.confusion[label, other]:>10,}" for other in found)
            for label in result.classes
        ),
    ]
    if errors:
        lines += ["", "worst mistakes"]
    for one in errors:
        words = ", ".join(f"{hit.words} {hit.value:+.1f}" for hit in one.hits) or "no word counted"
        compound = "" if one.compound is None else f" ({one.compound:+.2f})"
        lines.append(f"{one.id}: {one.expected}, scored {one.found}{compound}: {words}")
        lines.append(f"    {one_line(clean(one.text, _MAX_TEXT), _SHOWN_TEXT)}")
    return "\n".join(lines) + "\n"
