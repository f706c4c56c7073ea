"""A process that can't be stopped in good order ends all the same, and says that it failed."""

import subprocess
import sys

STUCK = """
import time
from listener.engines.kafka.last_resort import at_most
try:
    raise OSError("no way on")
finally:
    with at_most(0.05):
        time.sleep(60)
"""


def test_a_failure_that_gets_stuck_on_its_way_out_is_told_and_no_success() -> None:
    done = subprocess.run(
        [sys.executable, "-c", STUCK], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 1
    assert "no way on" in done.stdout + done.stderr
