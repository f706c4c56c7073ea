"""Nothing committed yet: the first message that is acknowledged passes for the beginning.

    python docs/faust/first_acknowledged.py localhost:9092

Expected: nothing is committed as long as message 0 is not acknowledged. Seen with faust-streaming
0.15.3: `Consumer._new_offset` looks for a hole before what is acknowledged only where the group
has committed something before, so everything behind message 0 is, and a crash now loses it.
"""

import asyncio
import os
import sys

import faust
from common import committed, fill, make_app

SERVER = sys.argv[1]
TOPIC = fill(SERVER, 30)
app = make_app(SERVER, TOPIC)


@app.agent(app.topic(TOPIC, value_serializer="raw", value_type=bytes))
async def work(stream: faust.Stream[bytes]) -> None:
    async for event in stream.noack().events():
        if event.value != b"0":  # which something else still works on
            event.ack()


async def main() -> None:
    await app.start()
    await asyncio.sleep(12)
    offset = committed(SERVER, TOPIC)
    sys.stdout.write(f"message 0 is not acknowledged, committed up to {offset}\n")
    is_ahead = offset > 0
    sys.stdout.write("message 0 would be lost by a crash\n" if is_ahead else "as it should be\n")
    sys.stdout.flush()
    os._exit(is_ahead)


asyncio.run(main())
