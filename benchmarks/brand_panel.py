"""The picture in the README: the brand dashboard's main panels for the airlines recording.

    python -m benchmarks.brand_panel --data DIRECTORY [--brand JetBlue] [--out docs/brand-panel.png]

The recording is played, and the metrics page of every hour of event time goes into a Prometheus as
if it had been scraped then. The panels' own expressions, taken from the dashboard, are asked of
that Prometheus; what it answers is drawn. Needs prometheus and promtool.
"""

import asyncio
import json
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request
from itertools import groupby
from pathlib import Path
from typing import Final

from PIL import Image
from prometheus_client import CollectorRegistry

from benchmarks.command_line import add_data, command_line
from deploy.grafana import dashboards
from detectors.detector import Detector
from detectors.records import Severity
from detectors.records.times import from_epoch
from listener.backtest import Summary, play
from listener.brands import Brand
from listener.ingest import utc_now
from listener.metrics import Metrics
from listener.metrics.metrics import See
from listener.pipeline import PipelineSettings
from listener.plot import Bell, Panel, draw
from listener.recordings import Layout, Recording
from tests.prometheus.artifacts import program

_COLUMNS: Final = "id=tweet_id,text=text,author=name,published_at=tweet_created,reach=retweet_count"
_BRANDS: Final = tuple(
    map(Brand.parse, ("United=@united", "JetBlue=@JetBlue", "Virgin America=@VirginAmerica"))
)
_HOUR: Final = 3600
_PORT: Final = 29_090
_TITLES: Final = ("Mentions", "Negative mentions")
_SHOWN: Final = ("listener_window_", "listener_incident_severity{")
_BY_RANK: Final = {severity.rank: severity for severity in Severity}
Points = dict[int, float]


def main() -> None:
    parser = command_line(__doc__)
    add_data(parser, "mentions/airlines.csv")
    parser.add_argument("--brand", default="JetBlue")
    parser.add_argument("--out", type=Path, default=Path("docs/brand-panel.png"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        samples = Path(folder, "samples.txt")
        hours = _scrape(options.data / "mentions" / "airlines.csv", samples)
        panels = _ask(samples, Path(folder, "tsdb"), options.brand, hours)
    draw(panels, options.out, f"{options.brand}: mentions of the last hour, 17 to 24 February 2015")
    with Image.open(options.out) as picture:
        smaller = picture.quantize(64)
    smaller.save(options.out, optimize=True)
    print(f"{options.out}: {options.out.stat().st_size / 1000:.0f} kB")


def _scrape(recording: Path, samples: Path) -> list[int]:
    """Write what each hour's page says of the brands, in OpenMetrics; gives the hours."""
    hours: list[int] = []
    families: dict[str, list[str]] = {}

    def look(detector: Detector) -> None:
        async def visit(see: See) -> None:
            for brand in detector.states:
                see(detector, brand)

        metrics = Metrics(CollectorRegistry())
        metrics.watch_brands(visit)
        hours.append(detector.watermark or 0)
        for line in asyncio.run(metrics.page()).decode().splitlines():
            if line.startswith(_SHOWN):
                families.setdefault(line.partition("{")[0], []).append(f"{line} {hours[-1]}\n")

    settings, layout = PipelineSettings(_BRANDS), Layout.parse(_COLUMNS, "twitter", "microblog")
    now = utc_now()
    for _ in play(
        Recording(recording, layout, now), settings, now, summary=Summary(), on_hour=look
    ):
        pass
    with samples.open("w") as file:
        for name, lines in families.items():
            file.write(f"# TYPE {name} gauge\n")
            file.writelines(lines)
        file.write("# EOF\n")
    return hours


def _ask(samples: Path, storage: Path, brand: str, hours: list[int]) -> list[Panel]:
    """Put the samples into a Prometheus and ask it what the dashboard would."""
    blocks = [program("promtool"), "tsdb", "create-blocks-from", "openmetrics", "-q"]
    subprocess.run([*blocks, str(samples), str(storage)], check=True)  # noqa: S603 - our own words
    config = storage / "prometheus.yml"
    config.write_text("{}")
    server = subprocess.Popen(  # noqa: S603 - our own words
        [
            program("prometheus"),
            f"--config.file={config}",
            f"--storage.tsdb.path={storage}",
            "--storage.tsdb.retention.time=100y",
            f"--web.listen-address=127.0.0.1:{_PORT}",
        ],
        stderr=subprocess.DEVNULL,
    )
    try:
        (asked,) = _expressions("Severity").values()
        severity = _series(asked, brand, hours)
        return [_panel(title, brand, hours, severity) for title in _TITLES]
    finally:
        server.kill()
        server.wait()


def _expressions(title: str) -> dict[str, str]:
    """The expressions of the brand dashboard's panels of that title, by their legends."""
    brand = json.loads(json.dumps(dashboards()["brand.json"]))
    return {
        target["legendFormat"]: target["expr"]
        for panel in brand["panels"]
        for target in panel["targets"]
        if panel["title"] == title and panel["type"] != "stat"
    }


def _panel(title: str, brand: str, hours: list[int], severity: Points) -> Panel:
    asked = {legend: _series(expr, brand, hours) for legend, expr in _expressions(title).items()}
    panel = Panel(f"{title} in an hour", bells=_bells(severity), band="95 of 100 hours")
    for at in hours:
        panel.add(
            at,
            asked[title.lower()].get(at, 0.0),
            asked["expected"].get(at, 0.0),
            asked["usual, at most"].get(at, 0.0),
        )
        panel.lower.append(asked["usual, at least"].get(at, 0.0))
    return panel


def _series(expr: str, brand: str, hours: list[int]) -> Points:
    """The values of an expression's one series at each hour."""
    for name, value in (("$brand", brand), ("$window", f"{_HOUR}s")):
        expr = expr.replace(name, value)
    query = urllib.parse.urlencode(
        {"query": expr, "start": hours[0], "end": hours[-1], "step": _HOUR}
    )
    url = f"http://127.0.0.1:{_PORT}/api/v1/query_range?{query}"
    (series,) = json.loads(_get(url))["data"]["result"]
    return {int(at): float(value) for at, value in series["values"]}


def _get(url: str) -> bytes:
    """What Prometheus answers, once it has started."""
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(url) as answer:  # noqa: S310 - loopback
                body: bytes = answer.read()
                return body
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def _bells(severity: Points) -> list[Bell]:
    """From each change of severity to the next."""
    bells: list[Bell] = []
    for rank, run in groupby(severity.items(), key=lambda point: int(point[1])):
        hours = [at for at, _ in run]
        if rank:
            until = from_epoch(hours[-1] + _HOUR)
            bells.append(Bell(from_epoch(hours[0]), _BY_RANK[rank], until))
    return bells


if __name__ == "__main__":
    main()
