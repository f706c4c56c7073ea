"""From what stands between the operators of a query to the leaves of its tree.

Each function raises ValueError, with the mend, where there is nothing to look for.
"""

import re
from typing import Final

from listener.queries.folding import as_written, fold, fold_account
from listener.queries.syntax import FIELDS, About, Field, Leaf, Loose, Raw, Words
from listener.queries.wildcards import wildcard
from listener.queries.words import can_be_found

MAX_GAP: Final = 100
"""The most words that may stand between two that are near each other."""
_FIELD: Final = re.compile(r"([A-Za-z]+):(.*)", re.DOTALL)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_LOOSE: Final = re.compile(r"^~|~\d*$")
_SEPARATOR: Final = re.compile(r"[,;](?!\d)")
_ADDRESS: Final = re.compile(r"https?://", re.IGNORECASE)
_OPERATOR: Final = re.compile(r"and|or|not|o?near(/\d+f?)?", re.IGNORECASE)


def word(written: str) -> Leaf:
    """What stands outside quotation marks: a word, a wildcard or field:value."""
    if _OPERATOR.fullmatch(written):
        raise ValueError(_operator_mend(written))
    if _ADDRESS.match(written):
        return words(written)
    known = _FIELD.fullmatch(written)
    if known:
        return field(known[1], known[2])
    if written[0] in "-!" and can_be_found(written[1:2]):
        raise ValueError(f"{written[0]} excludes nothing here: write NOT {written[1:]}")
    if _LOOSE.search(written):
        raise ValueError(f'{written}: ~ belongs right behind a quotation mark, as in "a b"~5')
    separator = _SEPARATOR.search(written)
    if separator:
        raise ValueError(f"{separator[0]!r} separates nothing: write OR, or quote the text")
    return wildcard(written, "*?") if "*" in written or "?" in written else words(written)


def words(written: str) -> Words:
    """A word or phrase, taken as it stands."""
    return Words(_findable(written), written)


def phrase(quoted: str) -> Leaf:
    """``"…"`` or ``"…"~5``."""
    text, _, gap = quoted[1:].rpartition('"')
    if not gap:
        return wildcard(text, "*") if "*" in text else words(text)
    if "*" in text:
        raise ValueError("~ takes whole words; for a part of one write wild* NEAR/5 card")
    literals = _findable(text).split()
    if len(set(literals)) < max(2, len(literals)):
        raise ValueError("~ looks for two words or more, each of them once")
    return Loose(tuple(words(literal) for literal in literals), checked_gap(gap[1:]), quoted)


def field(name: str, value: str) -> Leaf:
    """``name:value``; the value may be quoted."""
    written = f"{name}:{value}"
    if value.startswith('"'):
        value, _, rest = value[1:].rpartition('"')
        if rest:
            raise ValueError(f"{rest} goes with words of the text alone, not with {name}:")
    if not value.strip():
        raise ValueError(f"{name}: needs a value right behind the colon, and each value its own")
    if name.lower() == "raw":
        return Raw(_findable(value), as_written(value), written)
    for known in FIELDS:
        if name.lower() == known:
            return About(known, _known_value(known, value), written)
    raise ValueError(
        f"no such field as {name}: (there are {', '.join(FIELDS)} and raw); "
        "to look for it in the text, put it in quotation marks"
    )


def checked_gap(number: str) -> int:
    """How many words may stand between; raises ValueError where that is as good as anywhere."""
    if len(number) > len(str(MAX_GAP)) or int(number) > MAX_GAP:
        raise ValueError(f"at most {MAX_GAP} words may stand between; further apart, write AND")
    return int(number)


def _findable(text: str) -> str:
    literal = fold(text)
    if _SURROGATE.search(text):
        raise ValueError("it holds a character that isn't Unicode")
    if not can_be_found(literal):
        raise ValueError(f"the term {text!r} has no letters or digits to match")
    return literal


def _operator_mend(written: str) -> str:
    if "near" in written.lower():
        return f"{written}: write NEAR/5, for 5 words between, or quote the word"
    return f'"{written}" in small letters: write {written.upper()}, or quote the word'


def _known_value(name: Field, value: str) -> str:
    folded = fold(value)
    if name == "lang" and not re.fullmatch("[a-z]{2,3}|other", folded):
        raise ValueError("lang: expected a code like nl or en (ISO 639-1), or other")
    if name == "author":
        folded = fold_account(value)
    if name == "site":
        folded = re.sub(r"^(https?://)?(www\.)?", "", folded).rstrip("/")
        if not re.fullmatch(r"[\w.-]+", folded):
            raise ValueError("site: expected a host like example.com; for a path write url:")
    if not folded:
        raise ValueError(f"{name}: needs a value")
    return folded
