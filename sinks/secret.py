"""A value that must not be shown: a webhook's URL, a key, a password."""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pydantic_core import CoreSchema

HIDDEN: Final = "***"


class Secret:
    """Shows as ``***`` wherever it is printed, logged or formatted; `reveal` where it is used."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return f"Secret({HIDDEN!r})"

    def __str__(self) -> str:
        return HIDDEN

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    @classmethod
    def of(cls, value: object) -> "Secret":
        """From text, or a secret as it is; raises ValueError without quoting the value."""
        if isinstance(value, Secret):
            return value
        if isinstance(value, str):
            return cls(value.strip())
        raise ValueError("expected text")

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> "CoreSchema":
        """Lets settings that hold a secret be read by pydantic, which this package doesn't need."""
        from pydantic_core import core_schema  # noqa: PLC0415 - only where pydantic asks for it

        return core_schema.no_info_plain_validator_function(cls.of)
