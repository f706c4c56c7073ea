"""Noticing that Faust has gone quiet: records wait on a partition, and none is brought.

It happens when partitions move twice in quick succession: a recovery that was interrupted never
ends. The group doesn't notice, as heartbeats go on in a thread of their own.
"""

from collections.abc import Mapping, Set

Place = tuple[str, int]
"""A topic and its partition."""


class StallWatch:
    """Told again and again where each partition ends and what was taken, says what stands still."""

    def __init__(self, patience: float) -> None:
        """`patience` in seconds."""
        self._patience = patience
        self._looked: float | None = None
        self._waited: dict[Place, tuple[int, float]] = {}

    def look(
        self,
        ends: Mapping[Place, int],
        reached: Mapping[Place, int],
        now: float,
        excused: Set[Place] = frozenset(),
    ) -> str:
        """What has been waiting for too long, or an empty string.

        `ends` holds for each partition that is here the offset behind its last record, `reached`
        the one behind the last record that was taken; `now` is in seconds. The time since the last
        look doesn't count for those that are `excused`, and nothing is forgotten by it.
        """
        passed = 0.0 if self._looked is None else now - self._looked
        self._looked = now
        before, self._waited = self._waited, {}
        for place, end in ends.items():
            at = reached.get(place, 0)
            if at >= end:
                continue
            stood, waited = before.get(place, (None, 0.0))
            if stood != at:
                waited = 0.0
            elif place not in excused:
                waited += passed
            self._waited[place] = at, waited
            if waited >= self._patience:
                return f"{place[0]}:{place[1]} has stood still at {at} for {waited:.0f} s"
        return ""
