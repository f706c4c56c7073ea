"""`python -m tests.faults --runs 100 --seed 1`: the long form, on brokers of its own.

Prints one line a run and the sum; exit code 1 if any run was not exact. What a wrong run left
behind (logs, topics, files) stays in the directory that is named; that of an exact one goes.
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from tests.faults.line import broker_behind_lines
from tests.faults.storm import PROCESSES, run

parser = argparse.ArgumentParser(prog="python -m tests.faults")
parser.add_argument("--runs", type=int, default=100)
parser.add_argument("--seed", type=int, default=1, help="the first; each run has the next")
parser.add_argument("--faults", type=int, default=8, help="how many hit in each run")
options = parser.parse_args()

directory = Path(tempfile.mkdtemp(prefix="listener-faults-"))
wrong = 0
for seed in range(options.seed, options.seed + options.runs):
    with broker_behind_lines(PROCESSES) as (broker, lines):
        outcome = run(
            directory / str(seed),
            broker.bootstrap,
            seed=seed,
            faults=options.faults,
            broker=broker,
            lines=lines,
        )
    wrong += not outcome.is_exact
    if outcome.is_exact:
        shutil.rmtree(outcome.directory)
    sys.stdout.write(f"{outcome}\n")
    sys.stdout.flush()
sys.stdout.write(f"{options.runs} runs, {options.runs - wrong} exact; {directory}\n")
sys.exit(wrong > 0)
