"""The command line. Results go to standard output, messages to standard error.

Exit code 0: done; 1: failed; 2: the input or the configuration is at fault.
"""

import sys

import typer

from listener.commands.backfill import backfill
from listener.commands.backtest import backtest
from listener.commands.check_config import check_config
from listener.commands.demo import demo
from listener.commands.evaluate import evaluate_labels
from listener.commands.fetch import fetch
from listener.commands.query import query
from listener.commands.replay import replay
from listener.commands.run import ingest, run, worker
from listener.commands.score import score
from listener.commands.topics import topics
from listener.errors import UsageError

app = typer.Typer(
    help="Hears a crisis coming in what people say about a brand.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("run")(run)
app.command("ingest")(ingest)
app.command("worker")(worker)
app.command("replay")(replay)
app.command("backtest")(backtest)
app.command("backfill")(backfill)
app.command("fetch")(fetch)
app.command("query")(query)
app.command("score")(score)
app.command("evaluate")(evaluate_labels)
app.command("check-config")(check_config)
app.command("topics")(topics)
app.command("demo")(demo)


def main() -> None:
    """The console script `listener`."""
    try:
        app()
    except UsageError as error:
        sys.stderr.write(f"listener: {error}\n")
        sys.exit(2)
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has seen enough
        sys.exit(0)
