"""What the command lines of all benchmarks share."""

import sys
from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter
from collections.abc import Callable
from pathlib import Path


def command_line(doc: str) -> ArgumentParser:
    """Its help shows the module's docstring as it was written."""
    return ArgumentParser(
        prog=f"python -m benchmarks.{Path(sys.argv[0]).stem}",
        description=doc,
        formatter_class=RawDescriptionHelpFormatter,
    )


def folder_with(*needed: str) -> Callable[[str], Path]:
    """Reads an argument that names a folder which holds these: paths, `*` in them for any name."""

    def folder(text: str) -> Path:
        missing = [path for path in needed if not any(Path(text).glob(path))]
        if missing:
            raise ArgumentTypeError(f"{text} holds no {', no '.join(missing)}")
        return Path(text)

    return folder


def add_data(
    parser: ArgumentParser, *needed: str, required: bool = True, default: str | None = None
) -> None:
    """`--data FOLDER`, which has to hold what is needed."""
    parser.add_argument(
        "--data",
        metavar="FOLDER",
        type=folder_with(*needed),
        required=required,
        default=default,
        help=f"real data, no part of the project: {', '.join(needed)}",
    )
