"""Quiet hours: when only what is serious may wake anybody."""

from dataclasses import dataclass
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From one time of the day to another, such as ``22:30-07:00``, as clocks show it there."""

    hours: str
    timezone: str = "UTC"

    def __post_init__(self) -> None:
        self._limits()
        try:
            ZoneInfo(self.timezone)
        except (OSError, ValueError, LookupError):
            raise ValueError(
                f"timezone: no such zone: {self.timezone!r}; expected one like Europe/Amsterdam"
            ) from None

    def hold(self, at: int) -> bool:
        """Whether it is quiet at that moment, in Unix seconds."""
        begin, end = self._limits()
        now = datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(self.timezone)).time()
        return begin <= now < end if begin < end else now >= begin or now < end

    def _limits(self) -> tuple[time, time]:
        begin, _, end = self.hours.partition("-")
        try:
            return time.fromisoformat(begin.strip()), time.fromisoformat(end.strip())
        except ValueError:
            raise ValueError("hours: expected two times of the day, like 22:30-07:00") from None
