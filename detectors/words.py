"""The commonest telling words of a few posts, to show at a glance what it is about."""

import re
from collections import Counter
from collections.abc import Collection, Iterable
from typing import Final

from detectors.text import fold, without_addresses

_WORD: Final = re.compile(r"[^\W\d_][\w'’-]{2,}")
_STOP_WORDS_TEXT: Final = """
aan alle alleen als altijd ben bij bijna dan dat deze die dit doe doen door dus echt een eens
eerst enige even gaan gaat geen geeft goed had hadden heb hebben hebt heeft hele het hier hoe
iets iemand jij jou jullie kan kon komt kunnen laat maar mag meer mee met mij mijn moet moeten
naar niet niks nog nou nu ons onze ook over snel staat steeds straks toch tot uit van vandaag
veel vind voor waar waarom wat wel wie wij wil worden wordt zal zeg zei zelf zelfs zich zijn
zit zo zoals zonder zou zeer want weer nooit niets maken ergens omdat

about after again all already also and any are been being but can can't could did didn't does
doesn't doing don't done down even ever for from get gets getting give going good got had has
have haven't having her here him his how i'm i've into isn't it's its just know let like made
make many more most much need never not nothing now off one only our out over people please
said same say see she should since some still such take than that that's the their them then
there these they this those today too until very want was way were what when where which while
who why will with won't would yet you your you're
"""
_STOP_WORDS: Final = frozenset(_STOP_WORDS_TEXT.split())


def telling_words(texts: Iterable[str], without: Collection[str], limit: int = 6) -> list[str]:
    """Words that stand in at least two of the texts, commonest first, each folded.

    `without` are words to leave out, such as the brand's own name.
    """
    counted: Counter[str] = Counter()
    left_out = {fold(word) for word in without}
    for text in texts:
        words = {word.strip("'’-") for word in _WORD.findall(fold(without_addresses(text)))}
        counted.update(words - _STOP_WORDS - left_out)
    ranked = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return [word for word, count in ranked if count > 1][:limit]
