"""`listener demo`: the main job on a bundled recording, for somebody who has just arrived."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from listener.demo.display import Display
from listener.demo.play import BRAND, make_demo
from listener.logs import configure_logs
from listener.loop import run_loop
from listener.service import run_embedded
from sinks import ConsoleSettings, Route, build_route
from sinks.console import ConsoleSink


def demo(
    speed: Annotated[
        float, typer.Option("--speed", min=0, help="120: two hours in a minute; 0: at once.")
    ] = 145.0,
) -> None:
    """Play a recorded outage of a telecom brand and see the alert climb and come down.

    Needs no account and no broker. With SLACK_WEBHOOK_URL set it posts to Slack as well.

    Example: listener demo --speed 240
    """
    configure_logs("warning")
    console = Console(highlight=False)
    with tempfile.TemporaryDirectory(prefix="listener-demo-") as folder:
        settings, connector = make_demo(Path(folder), speed)
        printed = ConsoleSink(ConsoleSettings(timezone="Europe/Amsterdam"), console)
        routes: Sequence[Route] = [Route(printed), *map(build_route, settings.sinks)]
        display = Display(console, BRAND)
        display.introduce(routes)
        with display:
            run_loop(
                run_embedded(settings, [connector], routes, until_done=True, watch=display.watch)
            )
        display.conclude()
