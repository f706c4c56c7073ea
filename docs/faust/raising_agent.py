"""An agent that raises: the message is acknowledged all the same, and lost.

    python docs/faust/raising_agent.py localhost:9092

Expected: message 1, whose processing failed, is processed again or not committed. Seen with
faust-streaming 0.15.3: it is committed, and never processed.
"""

import asyncio
import sys

import faust
from common import committed, fill, make_app

SERVER = sys.argv[1]
TOPIC = fill(SERVER, 3)
app = make_app(SERVER, TOPIC)
done: list[bytes] = []


@app.agent(app.topic(TOPIC, value_serializer="raw", value_type=bytes))
async def work(stream: faust.Stream[bytes]) -> None:
    async for value in stream:
        if value == b"1" and len(done) == 1:
            done.append(b"1 failed")
            raise RuntimeError("this message can't be processed just now")
        done.append(value)


async def main() -> None:
    await app.start()
    await asyncio.sleep(12)
    offset = committed(SERVER, TOPIC)
    await app.stop()
    sys.stdout.write(f"processed {done}, committed up to {offset} of 3\n")
    is_lost = offset == 3 and b"1" not in done
    sys.stdout.write("message 1 is lost\n" if is_lost else "as it should be\n")
    sys.exit(is_lost)


asyncio.run(main())
