"""Faust's event as the stages see it."""

from typing import Any


class FaustEvent:
    """One record: where it stands, what it holds, and that it is done with."""

    __slots__ = ("_event",)

    def __init__(self, event: Any) -> None:  # Faust ships no types
        self._event = event

    @property
    def partition(self) -> int:
        return int(self._event.message.partition)

    @property
    def offset(self) -> int:
        return int(self._event.message.offset)

    @property
    def value(self) -> bytes | None:
        value = self._event.message.value
        return value if isinstance(value, bytes) else None

    def ack(self) -> None:
        self._event.ack()
