"""How much more a brand's counts vary than chance alone would have them.

Mentions come in bursts: a count with mean m varies by m + b·m². The burstiness b is one over the
shape of the negative binomial (see `spike`). It is learned from how wrong predictions were, by
the method of moments,

    b = Σ (error² - m) / Σ m²

over stretches of four lengths, as bursts of minutes even out over hours and those of hours don't;
forgotten by half in two weeks and shrunk to a prior that weighs as much as two days.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from detectors.records.codec import as_list, numbers

PART: Final = 300
"""Seconds in the shortest stretch; an hour is learned as so many parts."""
PARTS: Final = 12
_JOINED: Final = (1, 3, 12, 36)  # parts in each length: 5 minutes to 3 hours
_LONGEST: Final = _JOINED[-1]
_PRIOR: Final = 0.15
_PRIOR_HOURS: Final = 48.0
_DECAY: Final = 0.998
_LEAST_MEAN: Final = 0.05
_PLAUSIBLE_SIGMAS: Final = 3.0


@dataclass(slots=True)
class Burstiness:
    """Sums of the squared errors beyond chance and of the squared means, for each length.

    `errors` holds the last three hours' errors, in parts, and their means.
    """

    excess: list[float] = field(default_factory=lambda: [0.0] * len(_JOINED))
    squares: list[float] = field(default_factory=lambda: [0.0] * len(_JOINED))
    before: list[list[float]] = field(default_factory=list)

    def learn(self, parts: Sequence[int], mean: float) -> None:
        """Take up the counts of an hour's parts, of which `mean` was expected in the hour.

        No count weighs more than is still plausible: an incident is no burst.
        """
        usual = mean / PARTS
        spreads = [
            _PLAUSIBLE_SIGMAS * (usual * joined + self.at(place, mean) * (usual * joined) ** 2) ** 0.5
            for place, joined in enumerate(_JOINED)
        ]
''' '''
