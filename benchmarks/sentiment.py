"""How well and how fast sentiment is scored, on the development sets.

    python -m benchmarks.sentiment --data ../shared/data

Lexicons are written with four fifths of each set in view; the fifth whose texts' hashes end so is
held back, and only its figures are ever looked at.
"""

import csv
import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from benchmarks.command_line import add_data, command_line
from detectors.language import LanguageIdentifier
from detectors.sentiment import SentimentScorer
from detectors.sentiment.analyser import Label
from detectors.sentiment.evaluation import Evaluation, Judged, evaluate
from detectors.sentiment.vader import VaderAnalyser
from detectors.text import without_addresses

Row = tuple[str, Label]
_UMSAB: Sequence[Label] = ("negative", "neutral", "positive")
_GOALS = {
    "airlines": "macro-F1 .66, negative recall .75",
    "Dutch tweets": "macro-F1 .60",
    "Dutch restaurants": "macro-F1 .60, accuracy .75",
    "Dutch reviews": "accuracy .85",
    "English tweets": "no worse than VADER",
    "German tweets": "macro-F1 .58",
    "French tweets": "macro-F1 .55",
    "Spanish tweets": "macro-F1 .52",
}


def held_back(text: str) -> bool:
    """Whether a text belongs to the fifth that is kept aside."""
    return hashlib.blake2b(text.encode(), digest_size=4).digest()[0] % 5 == 0


def sets(data: Path) -> Iterator[tuple[str, str, list[Row]]]:
    """Name, language and labelled texts of each set."""
    airlines = _csv(data / "mentions/airlines.csv", "airline_sentiment")
    yield "airlines", "en", airlines
    for name, file in (
        ("Dutch tweets", "nl_tweets"),
        ("Dutch restaurants", "nl_restaurants"),
        ("Dutch reviews", "nl_reviews"),
    ):
        yield name, "nl", _csv(data / f"sentiment/{file}.csv", "label")
    for name, code in (("english", "en"), ("german", "de"), ("french", "fr"), ("spanish", "es")):
        yield f"{name.title()} tweets", code, _umsab(data / "sentiment/umsab" / name)
    yield "Deutsche Bahn", "de", _bahn(data / "sentiment/de_bahn.tsv")


def _csv(path: Path, column: str) -> list[Row]:
    with path.open(newline="", encoding="utf-8") as file:
        return [(row["text"], _label(row[column])) for row in csv.DictReader(file)]


def _umsab(folder: Path) -> list[Row]:
    rows: list[Row] = []
    for part in ("train", "val"):
        texts = (folder / f"{part}_text.txt").read_text("utf-8").splitlines()
        labels = (folder / f"{part}_labels.txt").read_text("utf-8").split()
        rows += [(text, _UMSAB[int(n)]) for text, n in zip(texts, labels, strict=True)]
    return rows


def _bahn(path: Path) -> list[Row]:
    lines = [line.split("\t") for line in path.read_text("utf-8").splitlines()]
    return [(line[1], _label(line[3])) for line in lines if len(line) > 3 and line[2] == "true"]


def _label(text: str) -> Label:
    for label in _UMSAB:
        if text == label:
            return label
    raise ValueError(f"no label: {text!r}")


def judge(rows: Sequence[Row], scorer: SentimentScorer, language: str) -> Evaluation:
    judged = []
    for number, (text, expected) in enumerate(rows):
        found = scorer.score(without_addresses(text), language)
        judged.append(Judged(str(number), text, expected, found.label, found.compound))
    return evaluate(judged)


def main() -> None:
    parser = command_line(__doc__)
    add_data(
        parser,
        "mentions/airlines.csv",
        "sentiment/*.csv",
        "sentiment/umsab/*",
        "sentiment/de_bahn.tsv",
        required=False,
        default="../shared/data",
    )
    data = parser.parse_args().data
    ours, plain = SentimentScorer(), SentimentScorer(plain_vader=True)
    print(f"{'set':<18}{'part':<7}{'texts':>6}  {'analyser':<9}macro-F1  acc.  neg. recall   goal")
    for name, language, rows in sets(data):
        for part, kept in (("dev", False), ("held", True)):
            chosen = [row for row in rows if held_back(row[0]) is kept]
            for analyser, scorer, code in (("VADER", plain, "en"), ("ours", ours, language)):
                of = judge(chosen, scorer, code)
                negative = of.classes["negative"].recall
                goal = _GOALS.get(name, "") if analyser == "ours" else ""
                print(
                    f"{name:<18}{part:<7}{of.texts:>6}  {analyser:<9}{of.macro_f1:>7.3f}"
                    f"{of.accuracy:>8.3f}{negative:>9.3f}       {goal}"
                )
    compare(data)
    speed(data)


def compare(data: Path) -> None:
    """Plain VADER against the `vaderSentiment` package: all four scores of every text."""
    vader, package = VaderAnalyser(), SentimentIntensityAnalyzer()
    texts = [text for _, _, rows in sets(data) for text, _ in rows]
    different = sum(asdict(vader.scores(text)) != package.polarity_scores(text) for text in texts)
    print(
        f"plain VADER and the vaderSentiment package differ on {different} of {len(texts):,} texts"
    )


def speed(data: Path) -> None:
    """Mentions a second of one core's time, and against the vaderSentiment package.

    The first pass is by a scorer that has seen nothing yet.
    """
    texts = [text for text, _ in _csv(data / "mentions/airlines.csv", "airline_sentiment")]
    bare = [without_addresses(text) for text in texts]
    identifier, scorer = LanguageIdentifier(), SentimentScorer()
    vader, package = VaderAnalyser(), SentimentIntensityAnalyzer()

    def both(text: str) -> None:
        stripped = without_addresses(text)
        scorer.score(stripped, identifier.identify(stripped).code)

    rates = {
        "language + sentiment, airlines, first pass": _rate(both, texts),
        "the vaderSentiment package": _rate(package.polarity_scores, bare),
        "language + sentiment, words known": _rate(both, texts),
        "language alone": _rate(identifier.identify, bare),
        "sentiment alone": _rate(lambda text: scorer.score(text, "en"), bare),
        "VADER's rules on our engine": _rate(vader.compound, bare),
    }
    for name, rate in rates.items():
        against = rate / rates["the vaderSentiment package"]
        print(f"{name:<44}{rate:>8,.0f} texts/s {against:>6.2f} x the package")


def _rate(score: Callable[[str], object], texts: Sequence[str]) -> float:
    start = time.process_time()
    for text in texts:
        score(text)
    return len(texts) / (time.process_time() - start)


if __name__ == "__main__":
    main()
