"""Counts and times as a person reads them."""

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def quantity(value: float) -> str:
    """A count that may be broken, as precise as it deserves: 1.5, 8, 12, 1,204."""
    return f"{value:,.0f}" if value >= 9.95 else f"{value:.1f}".removesuffix(".0")


def duration(seconds: float) -> str:
    """How long something lasts, for a person: "45 s", "25 min", "1 h 20 min", "2 d 3 h"."""
    whole = max(int(seconds), 0)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min"
    large, small, size, part = (
        ("d", "h", _DAY, _HOUR) if whole >= _DAY else ("h", "min", _HOUR, _MINUTE)
    )
    rest = whole % size // part
    return f"{whole // size} {large}" + (f" {rest} {small}" if rest else "")


def long_duration(seconds: int) -> str:
    """The length of a window in words: "15 minutes", "1 hour", "90 seconds"."""
    for size, unit in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size} {unit}" + ("s" if seconds != size else "")
    return f"{seconds} seconds"
