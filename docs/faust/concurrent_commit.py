"""Concurrency: offsets are committed behind a message that is still being processed.

    python docs/faust/concurrent_commit.py localhost:9092

Expected: nothing is committed as long as message 0 is unfinished. Seen with faust-streaming
0.15.3 (upstream issue 606): everything behind it is, so a crash now loses message 0.
"""

import asyncio
import os
import sys

import faust
from common import committed, fill, make_app

SERVER = sys.argv[1]
TOPIC = fill(SERVER, 30)
app = make_app(SERVER, TOPIC)
done: list[bytes] = []


@app.agent(app.topic(TOPIC, value_serializer="raw", value_type=bytes), concurrency=2)
async def work(stream: faust.Stream[bytes]) -> None:
    async for value in stream:
        if value == b"0":
            await asyncio.sleep(60)
        done.append(value)


async def main() -> None:
    await app.start()
    await asyncio.sleep(12)
    offset = committed(SERVER, TOPIC)
    sys.stdout.write(f"{len(done)} of 30 processed, committed up to {offset}\n")
    is_ahead = offset > 0 and b"0" not in done
    sys.stdout.write("message 0 would be lost by a crash\n" if is_ahead else "as it should be\n")
    sys.stdout.flush()
    os._exit(is_ahead)  # to stop in good order would wait for message 0


asyncio.run(main())
