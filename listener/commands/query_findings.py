"""A mention that matches a query, with the places that made it match."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from rich.text import Text

from detectors.records import Mention
from detectors.records.codec import iso
from listener.queries.explanation import Finding
from listener.queries.words import Span
from sinks.display import visible

_SHOWN: Final = 400
_BEFORE: Final = 100  # characters that are shown before the first place
_LEFT, _RIGHT = "\ue000", "\ue001"  # marks of our own, which survive what makes text fit to show
_MARKED: Final = re.compile(f"{_LEFT}(.*?)(?:{_RIGHT}|$)")


def as_json(mention: Mention, findings: Sequence[Finding]) -> dict[str, object]:
    """The mention, and under ``because`` each part that holds with its places in the text."""
    because = [{"part": finding.part, "at": finding.places} for finding in findings]
    return {**mention.to_json(), "because": because}


def as_lines(mention: Mention, findings: Sequence[Finding]) -> Text:
    """Who said it and when, the text with what was found in [brackets], and the parts that hold."""
    head = f"{iso(mention.published_at)}  {mention.source}  {mention.author or ''}"
    places = merged(place for finding in findings for place in finding.places)
    because = ", ".join(dict.fromkeys(finding.part for finding in findings))
    lines = Text(visible(head, _SHOWN), "dim")
    lines.append("\n  ").append(_marked(mention.text, places))
    return lines.append(f"\n  because of {visible(because, _SHOWN)}\n", "dim")


def merged(places: Iterable[Span]) -> list[Span]:
    """In order, with what overlaps put together."""
    result: list[Span] = []
    for start, end in sorted(places):
        if result and start < result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def _marked(text: str, places: Sequence[Span]) -> Text:
    text = text.replace(_LEFT, " ").replace(_RIGHT, " ")
    begin = max(0, places[0][0] - _BEFORE) if places else 0
    pieces, end = ["…" if begin else ""], begin
    for start, stop in places:
        pieces += [text[end:start], _LEFT, text[start:stop], _RIGHT]
        end = stop
    shown = visible("".join([*pieces, text[end:]]), _SHOWN)
    result, end = Text(), 0
    for found in _MARKED.finditer(shown):
        result.append(shown[end : found.start()]).append(f"[{found[1]}]", "bold reverse")
        end = found.end()
    return result.append(shown[end:])
