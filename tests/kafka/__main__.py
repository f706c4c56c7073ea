"""`python -m tests.kafka` runs one broker until Ctrl-C or SIGTERM.

Its bootstrap address goes to standard output.
"""

import signal
import sys
import threading
from contextlib import suppress

from tests.kafka.choose import new_broker

signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
with suppress(KeyboardInterrupt), new_broker() as broker:
    sys.stdout.write(f"{broker.bootstrap}\n")
    sys.stdout.flush()
    threading.Event().wait()
