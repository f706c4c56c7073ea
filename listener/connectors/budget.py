"""What a connector may spend in a day or a month, kept in its cursor.

The cursor is the period, what was spent in it, and the place (see `backlog`): ``2026-11 340 1992``.
"""

from typing import Final

from listener.connectors.backlog import Place

_MAX_DIGITS: Final = 20


class Budget:
    """So much for each period.

    What was spent and no cursor says, as on a listing that broke off, counts until a restart.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._period = ""
        self._spent = 0

    @property
    def left(self) -> int:
        return max(0, self._limit - self._spent)

    def resume(self, cursor: str, period: str) -> Place | None:
        """The place that the cursor tells, if it is one; what it says was spent now counts."""
        its_period, _, rest = cursor.partition(" ")
        spent, _, told = rest.partition(" ")
        place = Place.parse(told)
        if not spent.isdecimal() or len(spent) > _MAX_DIGITS:
            place = None
        said = int(spent) if place is not None and its_period == period else 0
        self._spent = max(said, self._spent) if period == self._period else said
        self._period = period
        return place

    def spend(self, amount: int) -> None:
        self._spent += amount

    def cursor(self, place: Place) -> str:
        return f"{self._period} {self._spent} {place}"
