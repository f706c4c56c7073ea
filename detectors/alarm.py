"""Words that make a smaller number of mentions a crisis: safety, legal trouble, a data breach.

Patterns are matched as whole words in folded text; a `*` stands for any ending. The defaults
are Dutch and English; an operator replaces them in the configuration.
"""

import re
from collections.abc import Sequence
from typing import Final

from detectors.text import fold

DEFAULT_TERMS: Final = (
    # safety
    "brand gevaar", "brandgevaar", "in brand", "ontploff*", "ontploft", "explosie", "explosion",
    "exploded", "caught fire", "levensgevaarlijk", "gewond*", "injured", "injuries", "overleden",
    "vergiftig*", "poison*", "food poisoning", "voedselvergiftiging", "112 onbereikbaar",
    "112 niet bereikbaar", "can't reach 112", "can't call 911", "terugroepactie", "recall",
    # legal
    "rechtszaak", "aanklacht", "aangifte", "fraude", "oplichting", "lawsuit", "sue", "suing",
    "sued", "class action", "fraud", "boete van", "discriminatie", "discrimination",
    # data breach
    "datalek*", "data lek", "gehackt", "hackers", "hacked", "data breach", "data leak",
    "gelekte gegevens", "persoonsgegevens", "leaked data", "ransomware", "phishing",
)  # fmt: skip


class AlarmTerms:
    """Tells whether a text uses one of the terms."""

    def __init__(self, terms: Sequence[str] = DEFAULT_TERMS) -> None:
        words = [
            r"\s+".join(re.escape(fold(word)).replace(r"\*", r"\w*") for word in term.split())
            for term in terms
        ]
        self._pattern = re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)") if words else None

    def found_in(self, text: str) -> bool:
        return self._pattern is not None and self._pattern.search(fold(text)) is not None
