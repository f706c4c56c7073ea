"""The Numenta Anomaly Benchmark's score on series of brand mentions.

    python -m benchmarks.nab --data ../shared/data

"best threshold" is chosen over all the series, as the benchmark does; "shipped default" rings at
a score of 0.5; "left out" chooses the threshold for each series on the others alone.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from benchmarks.command_line import add_data, command_line
from benchmarks.nab_score import PROFILES, Labelled, Profile, at, best
from detectors.records import Rejection
from detectors.records.times import parse_time
from detectors.settings import DetectionSettings
from listener.counts import score_counts

_RINGS = 0.5


def load(folder: Path, rarity: float) -> dict[str, Labelled]:
    """Every series of the folder, scored."""
    windows = json.loads((folder / "windows.json").read_text("utf-8"))
    return {path.stem: _scored(path, rarity, windows[path.stem]) for path in folder.glob("*.csv")}


def _scored(path: Path, rarity: float, windows: list[list[str]]) -> Labelled:
    rows = [row for row in score_counts(path, rarity) if not isinstance(row, Rejection)]
    place = {row.at: number for number, row in enumerate(rows)}
    limits = [[place[int(parse_time(end).timestamp())] for end in window] for window in windows]
    scores = [row.result.score for row in rows]
    return Labelled(scores, [(first, last) for first, last in limits])


def left_out(series: Mapping[str, Labelled], profile: Profile) -> float:
    """The score where each series is judged at the threshold that suits the others best."""
    total = 0.0
    for name, labelled in series.items():
        others = {other: known for other, known in series.items() if other != name}
        own = at({name: labelled}, profile, best(others, profile).threshold)
        total += own.score * len(labelled.windows)
    return total / sum(len(labelled.windows) for labelled in series.values())


def main() -> None:
    parser = command_line(__doc__)
    add_data(parser, "volume/*.csv", "volume/windows.json")
    series = load(parser.parse_args().data / "volume", DetectionSettings().count_rarity)
    windows = sum(len(labelled.windows) for labelled in series.values())
    print(f"NAB, {len(series)} series, {windows} windows")
    print(f"{'':16}{'best threshold':>34}{'shipped default':>28}{'left out':>10}")
    for profile in PROFILES:
        chosen, default = best(series, profile), at(series, profile, _RINGS)
        print(
            f"{profile.name:16}{chosen.score:8.1f} ({chosen.found} found, "
            f"{chosen.false_rows} false){default.score:8.1f} ({default.found} found, "
            f"{default.false_rows} false){left_out(series, profile):10.1f}"
        )


if __name__ == "__main__":
    main()
