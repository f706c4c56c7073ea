"""Checks that connectors' settings share; each raises ValueError with the field and the mend."""

from sinks.net import check_url


def require_url(field: str, url: str, *, allow_http: bool) -> None:
    """An address that may be fetched from, as far as can be told without looking it up."""
    try:
        check_url(url, allow_http=allow_http)
    except ValueError as error:
        raise ValueError(f"{field}: {error}") from None


def require_between(
    field: str, value: float, lowest: float, highest: float, unit: str = "seconds"
) -> None:
    """A number within bounds, both included."""
    if not lowest <= value <= highest:
        raise ValueError(f"{field}: expected {lowest:.12g} to {highest:.12g} {unit}")


def require_length(field: str, text: str, shortest: int, longest: int) -> None:
    """A text of so many characters, blank ones at its ends left out."""
    if not shortest <= len(text.strip()) <= longest:
        bounds = f"{shortest} to {longest}" if shortest else f"at most {longest}"
        raise ValueError(f"{field}: expected {bounds} characters")
