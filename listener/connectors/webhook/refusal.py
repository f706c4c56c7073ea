"""A request that is not taken: what the sender is told, and when to come again."""

from collections.abc import Sequence
from typing import Final

RETRY_SECONDS: Final = 5


class Refusal(Exception):
    """Answered with `status` (4xx or 503) and the text, which quotes no secret.

    `errors` are the places of a body that was read but holds nothing of use. A 503 asks the
    sender to come again after `RETRY_SECONDS`.
    """

    def __init__(
        self,
        status: int,
        reason: str,
        *,
        errors: Sequence[dict[str, str]] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(reason)
        self.status = status
        self.errors = errors
        self.headers = dict(headers or {})
        if status == 503:
            self.headers["Retry-After"] = str(RETRY_SECONDS)

    @property
    def logged(self) -> str:
        """The text; where it would quote what somebody wrote, the place and the code instead."""
        if not self.errors:
            return str(self)
        return f"no mention can be read: {self.errors[0]['where']}: {self.errors[0]['code']}"
