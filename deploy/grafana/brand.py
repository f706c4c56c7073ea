"""*Brand*: one brand against its own past, and what is said of it."""

from typing import Final

from deploy.grafana.colours import BLUE, GREEN, GREY, ORANGE, SKY, VERMILION
from deploy.grafana.dashboard import dashboard, incidents, variable
from deploy.grafana.panels import (
    SEVERITY,
    Json,
    Panel,
    Query,
    band,
    severity_timeline,
    stat,
    time_series,
)

_WINDOW: Final = '{brand="$brand", window="$window", signal="%s"}'
_SEVERITY: Final = 'max by (brand) (listener_incident_severity{brand="$brand"})'


def brand_dashboard() -> Json:
    return dashboard(
        "listener-brand",
        "Brand",
        "One brand against its own past. Windows follow the time at which people wrote.",
        _now(),
        [
            _against_expected("volume", "Mentions"),
            _against_expected("negative", "Negative mentions"),
        ],
        [
            severity_timeline(
                "Severity", "The open incident's severity.", Query(_SEVERITY, "$brand")
            )
        ],
        [_scores(), _share()],
        [
            _mix(
                "Sentiment",
                "What was said, by sentiment.",
                "listener_brand_mentions_total",
                "sentiment",
            ),
            _mix(
                "Sources",
                "Where it was said: the five busiest.",
                "listener_brand_source_mentions_total",
                "source",
            ),
            _mix(
                "Languages",
                "In which language: the five busiest.",
                "listener_brand_language_mentions_total",
                "language",
            ),
        ],
        variables=[
            variable("brand", "Brand", "listener_incident_severity"),
            variable("window", "Window", "listener_window_mentions", default="900s"),
        ],
        annotations=[incidents(f"{_SEVERITY} > 0", "Incident: {{brand}}")],
    )


def _figure(name: str, signal: str) -> str:
    return f"max by (brand) ({name}{_WINDOW % signal})"


def _now() -> list[Panel]:
    ratio = (
        f"{_figure('listener_window_mentions', 'negative')} / "
        f"clamp_min({_figure('listener_window_expected_mentions', 'negative')}, 0.1)"
    )
    return [
        stat("Now", "The open incident's severity.", SEVERITY, Query(_SEVERITY, "severity")),
        stat(
            "Negative mentions",
            "In the chosen window.",
            "short",
            Query(_figure("listener_window_mentions", "negative"), "negative"),
        ),
        stat(
            "Times the expected",
            "Negative mentions over those expected, the latter taken for at least a tenth.",
            "suffix:×",
            Query(ratio, "ratio"),
        ),
        stat(
            "Still learning",
            "1 while too little of the brand's past is known: only what is extreme rings.",
            "bool_yes_no",
            Query('max by (brand) (listener_brand_learning{brand="$brand"})', "learning"),
        ),
    ]


def _against_expected(signal: str, title: str) -> Panel:
    return band(
        title,
        "In the chosen window, against what is expected. 95 of 100 windows lie within the band if "
        "nothing is wrong.",
        "short",
        Query(_figure("listener_window_expected_lower_mentions", signal), "usual, at least", SKY),
        Query(_figure("listener_window_expected_upper_mentions", signal), "usual, at most", SKY),
        Query(_figure("listener_window_expected_mentions", signal), "expected", BLUE),
        Query(_figure("listener_window_mentions", signal), title.lower(), VERMILION),
    )


def _scores() -> Panel:
    return time_series(
        "Spike score by window",
        "How unlikely so many negative mentions are by chance, where they lie above the band: 4 is "
        "one in 10,000, 6 one in a million.",
        "short",
        Query(
            'max by (window) (listener_window_spike_score{brand="$brand", signal="negative"})',
            "{{window}}",
        ),
    )


def _share() -> Panel:
    rate = 'rate(listener_brand_mentions_total{brand="$brand", %s}[$__rate_interval])'
    negative, scored = rate % 'sentiment="negative"', rate % 'sentiment!="unscored"'
    return time_series(
        "Share of negatives",
        "Of what was scored, beside the brand's usual share.",
        "percentunit",
        Query(f"sum({negative}) / (sum({scored}) > 0)", "now", VERMILION),
        Query(
            'max by (brand) (listener_brand_usual_negative_ratio{brand="$brand"})', "usual", GREY
        ),
    )


def _mix(title: str, description: str, metric: str, label: str) -> Panel:
    colours = {"negative": VERMILION, "neutral": GREY, "positive": GREEN, "unscored": ORANGE}
    rate = f'sum by ({label}) (rate({metric}{{brand="$brand"}}[$__rate_interval])) * 60'
    if label == "sentiment":
        queries = [
            Query(rate.replace('"$brand"', f'"$brand", sentiment="{name}"'), name, colour)
            for name, colour in colours.items()
        ]
    else:
        queries = [Query(f"topk(5, {rate})", f"{{{{{label}}}}}")]
    return time_series(title, f"{description} Mentions a minute.", "short", *queries, stacked=True)
