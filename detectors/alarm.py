"""Words that make a smaller number of mentions a crisis: safety, legal trouble, a data breach.

Patterns are matched as whole words in folded text; a `*` stands for any ending. The defaults
are Dutch and English; an operator replaces them in the configuration.
"""

import re
from collections.abc import Sequence
from typing import Final

from ahocorasick_rs import AhoCorasick

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
    """Tells whether a text uses one of the terms.

    One pass (Aho-Corasick) for the longest stretch of letters of each term comes first, at a
    fifth of what the pattern costs: nearly every text has none of them.
    """

    def __init__(self, terms: Sequence[str] = DEFAULT_TERMS) -> None:
        folded = [[fold(word) for word in term.split()] for term in terms]
        patterns = [
            r"\s+".join(re.escape(word).replace(r"\*", r"\w*") for word in term) for term in folded
        ]
        stretches = [max("*".join(term).split("*"), key=len) for term in folded]
        self._pattern = re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)") if patterns else None
        self._stretches = AhoCorasick(stretches) if all(stretches) else None

    def found_in(self, text: str) -> bool:
        if self._pattern is None:
            return False
        text = fold(text)
        if self._stretches is not None and not self._stretches.find_matches_as_indexes(text):
            return False
        return self._pattern.search(text) is not None
