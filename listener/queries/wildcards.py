"""Words in part: ``*`` is any letters or none, ``?`` exactly one."""

import re
from typing import Final

from listener.queries.folding import fold
from listener.queries.syntax import Wildcard
from listener.queries.words import IN_WORD, alone, can_be_found, is_free

_MOST: Final = 5
_LONGEST: Final = 50
"""The most letters that one * stands for: what a hostile text can cost has an end."""


def wildcard(written: str, signs: str) -> Wildcard:
    """`signs`, of ``*`` and ``?``, are those that stand for letters.

    Raises ValueError where there are too few letters to look for, or too many signs.
    """
    folded = re.sub(r"\*+", "*", fold(written))
    if sum(map(folded.count, signs)) > _MOST:
        raise ValueError(f"at most {_MOST} * and ? in a word")
    literal = max(re.split(f"[{signs}]", folded), key=len).strip()
    if not can_be_found(literal) or (len(literal) < 2 and not is_free(literal)):
        raise ValueError("two letters or more must stand together beside * and ?")
    return Wildcard(_pattern(folded, signs), literal, written)


def _pattern(folded: str, signs: str) -> str:
    """Each * takes the first way on that there is and stays with it (an atomic group)."""
    run = f"{IN_WORD}{{0,{_LONGEST}}}"
    first, *rest = (
        "".join(IN_WORD if character in signs else re.escape(character) for character in piece)
        for piece in folded.split("*")
    )
    middle = "".join(f"(?>{run}?{piece})" for piece in rest[:-1])
    last = f"{run}{rest[-1]}" if rest else ""
    before, after = ("a" if edge in signs else edge for edge in (folded[0], folded[-1]))
    return alone(first + middle + last, before, after)
