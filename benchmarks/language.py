"""How well and how fast languages are told apart.

    python -m benchmarks.language --data ../shared/data

The tweets of five languages (URLs and @names removed), apart for the fifth that is held back, and
tweets in two languages that nobody listens in, which should come out as "other".
"""

import csv
import re
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.command_line import add_data, command_line
from benchmarks.sentiment import held_back
from detectors.language import OTHER, LanguageIdentifier
from detectors.text import without_addresses

Row = tuple[str, str]
_SHORT = 40
_PLACEHOLDER = re.compile(r"@user|\bhttp\S*")


def main() -> None:
    parser = command_line(__doc__)
    add_data(
        parser,
        "langid/tweets.tsv",
        "sentiment/umsab/*",
        "mentions/airlines.csv",
        required=False,
        default="../shared/data",
    )
    data = parser.parse_args().data
    identifier = LanguageIdentifier()
    tweets = _tweets(data / "langid/tweets.tsv")
    print(f"{'set':<38}{'texts':>6}{'accuracy':>10}{'under 40':>10}   goal")
    for part, kept in (("dev", False), ("held", True)):
        rows = [row for row in tweets if held_back(row[1]) is kept]
        _report(f"tweets in five languages, {part}", rows, identifier, ".96, under 40 .90")
    alone = [(code if code == "nl" else OTHER, text) for code, text in tweets]
    _report("tweets, listening in Dutch alone", alone, LanguageIdentifier(["nl"]), "")
    for name in ("italian", "portuguese"):
        texts = (data / f"sentiment/umsab/{name}/train_text.txt").read_text("utf-8").splitlines()
        rows = [(OTHER, _PLACEHOLDER.sub(" ", text)) for text in texts]
        _report(f"{name.title()} tweets, as other", rows, identifier, ".90")
    with (data / "mentions/airlines.csv").open(newline="", encoding="utf-8") as file:
        airlines = [("en", without_addresses(row["text"])) for row in csv.DictReader(file)]
    _report("airlines, as English", airlines, identifier, "")
    for name, rows in (
        ("tweets", [(c, without_addresses(t)) for c, t in tweets]),
        ("airlines", airlines),
    ):
        fresh = LanguageIdentifier()
        for run in ("first pass", "second pass"):
            start = time.process_time()
            for _, text in rows:
                fresh.identify(text)
            rate = len(rows) / (time.process_time() - start)
            print(f"{name}, {run}: {rate:,.0f} texts/s")


def _report(name: str, rows: Sequence[Row], identifier: LanguageIdentifier, goal: str) -> None:
    right = [(identifier.identify(text).code == code, len(_bare(text))) for code, text in rows]
    short = [ok for ok, length in right if length < _SHORT]
    share = sum(ok for ok, _ in right) / len(right)
    print(f"{name:<38}{len(rows):>6}{share:>10.3f}{sum(short) / len(short):>10.3f}   {goal}")


def _bare(text: str) -> str:
    return without_addresses(text).strip()


def _tweets(path: Path) -> list[Row]:
    with path.open(newline="", encoding="utf-8") as file:
        return [(row["lang"], row["text"]) for row in csv.DictReader(file, delimiter="\t")]


if __name__ == "__main__":
    main()
