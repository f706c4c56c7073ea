"""*Overview*: all brands, the worst first."""

from typing import Final

from deploy.grafana.dashboard import dashboard, incidents
from deploy.grafana.panels import (
    SEVERITY,
    Json,
    Panel,
    Query,
    severity_timeline,
    stat,
    table,
    time_series,
)

_WORST: Final = "topk(30, brand:listener_rank:max)"
_SEVERITY: Final = "brand:listener_incident_severity:max"


def overview_dashboard() -> Json:
    return dashboard(
        "listener-overview",
        "Overview",
        "All brands, the worst first; figures of brands come from the recording rules.",
        _now(),
        [_brands()],
        [
            severity_timeline(
                "In an incident",
                "Brands that are, or were, in an incident.",
                Query(f"{_SEVERITY} > 0", "{{brand}}"),
                height=8,
            )
        ],
        [
            time_series(
                "Negative mentions, the five loudest brands",
                "A minute, over five minutes.",
                "short",
                Query("topk(5, brand:listener_negative_mentions:rate5m) * 60", "{{brand}}"),
            ),
            time_series(
                "Alerts raised",
                "By severity, in an hour.",
                "short",
                Query("sum by (severity) (increase(listener_alerts_total[1h]))", "{{severity}}"),
            ),
        ],
        annotations=[incidents(f"{_SEVERITY} > 0", "Incident: {{brand}}")],
    )


def _now() -> list[Panel]:
    return [
        stat(
            "Worst",
            "The highest severity of all brands.",
            SEVERITY,
            Query(f"max({_SEVERITY})", "worst"),
        ),
        stat(
            "Open incidents",
            "Of all severities.",
            "short",
            Query(f"count({_SEVERITY} > 0) or vector(0)", "open"),
        ),
        stat(
            "Brands",
            "That are listened for.",
            "short",
            Query(f"count({_SEVERITY})", "brands"),
        ),
        stat(
            "Time to alert",
            "Nine of ten alerts of the chosen time were raised so long after what they speak of.",
            "s",
            Query(
                "histogram_quantile(0.9, sum by (le) "
                "(increase(listener_alert_lag_seconds_bucket[$__range])))",
                "90 %",
            ),
        ),
    ]


def _brands() -> Panel:
    def column(expr: str, name: str, unit: str) -> Query:
        return Query(f"{expr} and on (brand) {_WORST}", name, unit=unit)

    return table(
        "Brands, worst first",
        "The 30 worst by severity, then by how unlikely their negatives are.",
        column(_SEVERITY, "Severity", SEVERITY),
        column("brand:listener_rank:max", "Rank", "short"),
        column("brand:listener_spike_score:max", "Spike score", "short"),
        column("brand:listener_negative_mentions:rate5m * 60", "Negative / min", "short"),
        column("brand:listener_mentions:rate5m * 60", "Mentions / min", "short"),
        column(
            "max by (brand) (listener_brand_usual_negative_ratio)", "Usual share", "percentunit"
        ),
        key="brand",
        sort="Rank",
    )
