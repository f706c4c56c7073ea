"""What an operator sets of the Jetstream connector."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from sinks.net import check_url

WireName = Literal["v1", "v2"]

_URLS: Final[dict[WireName, str]] = {
    "v1": "wss://jetstream2.us-east.bsky.network/subscribe",
    "v2": "wss://jetstream.us-east.bsky.network/xrpc/network.bsky.jetstream.subscribeEvents",
}
# They travel in the address, which servers bound.
_MAX_DIDS: Final = 100


@dataclass(frozen=True, slots=True)
class JetstreamSettings:
    """`wire` is how the server speaks; `url` by default one of Bluesky's own for that wire.

    `dids`: these accounts alone, by default all. `reposts` asks for reposts as well. `compress`:
    with the dictionary in the file `zstd_dictionary` or, on v1, without one, by deflate.
    `allow_http` (plain ``ws://``) and `allow_private` are meant for a server of your own.
    """

    type: Literal["jetstream"]
    name: str = "bluesky"
    wire: WireName = "v1"
    url: str = ""
    dids: tuple[str, ...] = ()
    reposts: bool = False
    compress: bool = False
    zstd_dictionary: Path | None = None
    allow_http: bool = False
    allow_private: bool = False

    def __post_init__(self) -> None:
        try:
            path = check_url(self.address, allow_http=self.allow_http, scheme="ws").path
        except ValueError as error:
            raise ValueError(f"url: {error}") from None
        if path.endswith((".subscribeEvents", "/subscribe")):
            spoken = "v1" if path.endswith("/subscribe") else "v2"
            if spoken != self.wire:
                raise ValueError(f"wire: this url speaks {spoken}; set wire: {spoken}")
        if len(self.dids) > _MAX_DIDS or not all(did.startswith("did:") for did in self.dids):
            raise ValueError(f"dids: expected up to {_MAX_DIDS} that begin with did:")
        if self.zstd_dictionary is not None and not self.compress:
            raise ValueError("zstd_dictionary: set compress: true as well")
        if self.compress and self.wire == "v2" and self.zstd_dictionary is None:
            raise ValueError(
                "compress: wire v2 needs zstd_dictionary, a file with what the server gives at "
                "/xrpc/network.bsky.jetstream.getZstdDictionary"
            )

    @property
    def address(self) -> str:
        return self.url or _URLS[self.wire]
