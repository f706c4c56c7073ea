"""Noticing that Faust has gone quiet: records wait on a partition, and none is brought.

It happens when partitions move twice in quick succession: a recovery that was interrupted never
ends. The group doesn't notice, as heartbeats go on in a thread of their own.
"""

from collections.abc import Mapping

Place = tuple[str, int]
"""A topic and its partition."""


class StallWatch:
    """Told again and again where each partition ends and what was taken, says what stands still."""

    def __init__(self, patience: float) -> None:
        """`patience` in seconds."""
        self._patience = patience
        self._since: dict[Place, tuple[int, float]] = {}

    def look(self, ends: Mapping[Place, int], reached: Mapping[Place, int], now: float) -> str:
        """What has been waiting for too long, or an empty string.

        `ends` holds for each partition that is here the offset behind its last record, `reached`
        the one behind the last record that was taken; `now` is in seconds.
        """
        waiting = {place: at for place, end in ends.items() if (at := reached.get(place, 0)) < end}
        self._since = {
            place: known
            if (known := self._since.get(place)) is not None and known[0] == at
            else (at, now)
            for place, at in waiting.items()
        }
        for (topic, partition), (at, since) in self._since.items():
            if now - since >= self._patience:
                return f"{topic}:{partition} has stood still at {at} for {now - since:.0f} s"
        return ""
