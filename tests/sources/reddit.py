"""Reddit on loopback: a token, and listings of posts and comments."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from listener.connectors.reddit import RedditSettings
from sinks.secret import Secret
from tests.sources.web import Asked, Reply, WebServer

Item = dict[str, object]
_JSON = {"Content-Type": "application/json"}


def comment(name: str, created: float, body: str, **fields: object) -> Item:
    data = {"name": f"t1_{name}", "body": body, "created_utc": created, "author": "joke"}
    return {"kind": "t1", "data": data | {"permalink": f"/r/nl/comments/p/_/{name}/"} | fields}


def submission(name: str, created: float, title: str, text: str = "", **fields: object) -> Item:
    data = {"name": f"t3_{name}", "title": title, "selftext": text, "created_utc": created}
    return {"kind": "t3", "data": data | {"author": "joke"} | fields}


@dataclass
class RedditServer:
    """Lists the items in the order in which they stand: newest first."""

    comments: Sequence[Item] = ()
    posts: Sequence[Item] = ()
    refusal: Reply | None = None
    asked: list[Asked] = field(default_factory=list)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[RedditSettings]:
        async with WebServer(self._answer, self.asked).running() as server:
            yield RedditSettings(
                type="reddit",
                client_id="app",
                client_secret=Secret("key-of-a-test"),
                user_agent="linux:listener-test:1 (by /u/joke)",
                subreddits=("nl", "thenetherlands"),
                history=604_800,
                reddit_url=server.url(""),
                oauth_url=server.url(""),
                allow_http=True,
                allow_private=True,
            )

    def _answer(self, asked: Asked) -> Reply:
        if asked.path == "/api/v1/access_token":
            token = {"access_token": "t", "token_type": "bearer", "expires_in": 3600, "scope": "*"}
            return Reply(json.dumps(token).encode(), headers=_JSON)
        if self.refusal is not None:
            return self.refusal
        items = self.comments if asked.path.endswith("/comments") else self.posts
        begin, size = int(asked.query.get("after", 0)), int(asked.query["limit"])
        after = str(begin + size) if begin + size < len(items) else None
        listing = {"children": list(items[begin : begin + size]), "after": after}
        body = json.dumps({"kind": "Listing", "data": listing}).encode()
        return Reply(body, headers=_JSON)
