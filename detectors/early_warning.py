"""An early warning that was told of a brand, until exact counting has come as far.

It is told when a sample of what waits says that the brand would ring, were it counted yet, and is
over once the moment it spoke of has been counted: with an incident open by then it is confirmed,
without one it is not. It is kept in the brand's state, beside the incident and apart from it:
what is counted, and every alert of that, is the same with it and without.
"""

import hashlib
from dataclasses import dataclass, replace

from detectors.records.codec import as_object, read_flag, require_count


@dataclass(frozen=True, slots=True)
class EarlyWarning:
    """What was said of the minutes up to `at`, in Unix seconds.

    From `sampled` mentions, while counting was `behind` seconds late. One that is over is kept,
    as the next one has to wait.
    """

    at: int
    sampled: int
    behind: int
    is_over: bool = False

    def incident_id(self, brand: str) -> str:
        """A function of brand and moment, and no counted incident's."""
        name = f"{brand}\x1fearly\x1f{self.at}"
        return hashlib.blake2b(name.encode(), digest_size=8).hexdigest()

    def is_counted(self, evaluated: int) -> bool:
        """Whether counting, now at `evaluated`, has passed it, and that is still to be told."""
        return not self.is_over and evaluated >= self.at

    def over(self) -> "EarlyWarning":
        return replace(self, is_over=True)

    def to_json(self) -> dict[str, object]:
        return {
            "at": self.at,
            "sampled": self.sampled,
            "behind": self.behind,
            "is_over": self.is_over,
        }

    @classmethod
    def from_json(cls, value: object) -> "EarlyWarning":
        record = as_object(value, "early warning")
        return cls(
            at=require_count(record, "at"),
            sampled=require_count(record, "sampled"),
            behind=require_count(record, "behind"),
            is_over=read_flag(record, "is_over"),
        )
