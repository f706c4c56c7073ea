"""A Jetstream on loopback that sends as fast as it is told to, and a bare loop that reads it.

    python -m benchmarks.firehose_source serve MIX RATE FRAMES
    python -m benchmarks.firehose_source read URL FRAMES

The frames are made from the texts of the demo. `posts` is what a client is sent that asks for
posts: posts, their deletions, and the accounts and identities that always come along. `all` is
the whole network, as if the server took no notice of what is asked for. The shares are those of
200 events that Bluesky's own server sent in July 2026.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from typing import Final

import orjson
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

from benchmarks.command_line import command_line
from benchmarks.kafka_load import texts
from benchmarks.streams import seeded

_TICK: Final = 0.01
_SHARES: Final = {
    "posts": {"post": 85, "delete": 5, "identity": 5, "account": 5},
    "all": {"post": 17, "delete": 1, "like": 105, "repost": 15, "follow": 13, "identity": 1,
            "account": 1},
}  # fmt: skip
_CID: Final = "bafyreiguce4jh7kcbmof3pmcvasifqtw24b6isakj5ve5ga2b4z4alpc4i"


def frames(mix: str, count: int) -> Iterator[tuple[str, str]]:
    """So many kinds and frames; in a frame ``TIME_US`` stands for when it is sent."""
    chance, said, shares = seeded(7), texts(None), _SHARES[mix]
    kinds = chance.choices(list(shares), list(shares.values()), k=count)
    for number, kind in enumerate(kinds):
        yield kind, json.dumps(_event(kind, number, said[number % len(said)]))


def _event(kind: str, number: int, text: str) -> dict[str, object]:
    did, rkey = f"did:plc:{number % 50_000:024d}", f"3m{number:011d}"
    event: dict[str, object] = {"did": did, "time_us": "TIME_US", "kind": "commit"}
    if kind in {"identity", "account"}:
        told = {"did": did, "seq": number, "time": "2026-11-22T12:00:00.000Z"}
        return event | {"kind": kind, kind: told | ({"active": True} if kind == "account" else {})}
    commit = {"rev": rkey, "operation": "create", "rkey": rkey, "cid": _CID}
    created = {"createdAt": "2026-11-22T12:00:00.000Z"}
    subject = {"cid": _CID, "uri": f"at://{did}/app.bsky.feed.post/{rkey}"}
    if kind == "delete":
        collection = "app.bsky.feed.post"
        return event | {"commit": commit | {"operation": "delete", "collection": collection}}
    if kind == "post":
        record: dict[str, object] = {"text": text, "langs": ["nl"]}
        if number % 2:
            record["reply"] = {"parent": subject, "root": subject}
    else:
        record = {"subject": did if kind == "follow" else subject}
    collection = "app.bsky.graph.follow" if kind == "follow" else f"app.bsky.feed.{kind}"
    record |= {"$type": collection, **created}
    return event | {"commit": commit | {"collection": collection, "record": record}}


async def _serve(mix: str, rate: int, count: int) -> None:
    """Tells its port, when the first client has connected, and when that was sent everything."""
    made = list(frames(mix, count))
    posts = sum(kind == "post" for kind, _ in made)
    halves = [frame.split('"TIME_US"') for _, frame in made]
    done = asyncio.Event()

    async def talk(connection: ServerConnection) -> None:
        began = time.time()
        _tell({"began": began})
        for number, (before, behind) in enumerate(halves):
            due = began + number / rate if rate else 0.0
            if (wait := due - time.time()) > _TICK:
                await asyncio.sleep(wait)
            await connection.send(f"{before}{int(time.time() * 1e6)}{behind}")
        _tell({"ended": time.time(), "posts": posts})
        await connection.wait_closed()
        done.set()

    async with serve(talk, "127.0.0.1", 0, compression=None, ping_interval=None) as server:
        _tell({"port": next(iter(server.sockets)).getsockname()[1]})
        await done.wait()


async def _read(url: str, count: int) -> None:
    """The least that anybody has to do with the frames: receive each and parse it."""
    async with connect(url, compression=None, proxy=None, ping_interval=None) as connection:
        began, spent = 0.0, 0.0
        for number in range(count):
            orjson.loads(await connection.recv(decode=False))
            if not number:
                began, spent = time.time(), time.process_time()
        took = time.time() - began
        _tell({"seconds": took, "cpu": time.process_time() - spent})


def _tell(told: dict[str, float]) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def main() -> None:
    parser = command_line(__doc__)
    what = parser.add_subparsers(dest="what", required=True)
    serving, reading = what.add_parser("serve"), what.add_parser("read")
    serving.add_argument("mix", choices=sorted(_SHARES))
    serving.add_argument("rate", type=int, help="frames a second; 0: as fast as they are taken")
    reading.add_argument("url")
    for some in (serving, reading):
        some.add_argument("frames", type=int)
    asked = parser.parse_args()
    if asked.what == "serve":
        asyncio.run(_serve(asked.mix, asked.rate, asked.frames))
    else:
        asyncio.run(_read(asked.url, asked.frames))


if __name__ == "__main__":
    main()
