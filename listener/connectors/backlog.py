"""What a source lists newest first, handed over oldest first.

Some sources give a listing that begins with the newest post and is paged backwards. Their
connectors read it down to where they had come, keep it here, and hand it over from the oldest on,
in portions: then the cursor only goes forward, and event time with it.

Posts may get into a listing late, so each one is read down to `overlap` before the newest post
known. What was handed over is remembered for as long, so that it isn't again; only after a
restart some posts come twice. Memory is bounded by how much a connector reads at once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from detectors.records import Mention, Rejection

PORTION: Final = 500
_MAX_DIGITS: Final = 20


@dataclass(frozen=True, slots=True)
class Listed:
    """A post at its place in the listing; a greater `position` is a newer one."""

    position: int
    post: Mention | Rejection

    @property
    def key(self) -> str:
        return self.post.key if isinstance(self.post, Mention) else self.post.where


@dataclass(frozen=True, slots=True)
class Place:
    """All up to `newest` has been handed over, and of the listing beyond it all up to `reached`.

    `reached` is `None` between two listings; it may lie before `newest`, in the overlap.
    """

    newest: int
    reached: int | None = None

    def since(self, overlap: int) -> int:
        """From where on a listing has to be read."""
        return self.newest - overlap if self.reached is None else self.reached

    def __str__(self) -> str:
        return f"{self.newest}" if self.reached is None else f"{self.newest} {self.reached}"

    @classmethod
    def parse(cls, text: str) -> "Place | None":
        """What `str` made of a place; `None` for anything else."""
        numbers = text.split(" ")
        if not all(word.isdecimal() and len(word) <= _MAX_DIGITS for word in numbers):
            return None
        match [int(word) for word in numbers]:
            case [newest]:
                return cls(newest)
            case [newest, reached]:
                return cls(newest, reached)
            case _:
                return None


@dataclass(frozen=True, slots=True)
class Portion:
    """The oldest of what is left, and the place behind it."""

    mentions: tuple[Mention, ...]
    rejections: tuple[Rejection, ...]
    place: Place

    @property
    def is_last(self) -> bool:
        return self.place.reached is None


class Backlog:
    """Holds a listing until it has been handed over."""

    def __init__(self, overlap: int) -> None:
        self._overlap = overlap
        self._left: list[Listed] = []
        self._place: Place | None = None
        self._known: dict[str, int] = {}

    def goes_on_at(self, place: Place) -> bool:
        """Whether something is left of the listing that `place` stands in.

        Not so where a portion was never stored, and is asked for again.
        """
        return bool(self._left) and place == self._place

    def begin(self, place: Place, listing: Iterable[Listed]) -> None:
        """Take what was listed, newest first, from `place.since(overlap)` on."""
        if place != self._place:
            self._known.clear()
        first = place.newest - self._overlap
        self._known = {key: at for key, at in self._known.items() if at >= first}
        # Reversed first: sorting leaves posts at one position in the order of writing.
        new = [listed for listed in listing if listed.key not in self._known][::-1]
        self._left = sorted(new, key=lambda listed: listed.position)
        self._place = place

    def take(self) -> Portion | None:
        """The next portion, or `None` where there is nothing new."""
        if not self._left or self._place is None:
            return None
        taken, self._left = self._left[:PORTION], self._left[PORTION:]
        self._known.update((listed.key, listed.position) for listed in taken)
        last = taken[-1].position
        newest = self._place.newest
        self._place = Place(newest, last) if self._left else Place(max(newest, last))
        posts = [listed.post for listed in taken]
        return Portion(
            tuple(post for post in posts if isinstance(post, Mention)),
            tuple(post for post in posts if isinstance(post, Rejection)),
            self._place,
        )
