"""*Pipeline*: does it work, how far behind is it, and what goes wrong."""

from deploy.grafana.colours import VERMILION
from deploy.grafana.dashboard import dashboard
from deploy.grafana.panels import Json, Panel, Query, stat, table, time_series


def pipeline_dashboard() -> Json:
    return dashboard(
        "listener-pipeline",
        "Pipeline",
        "Whether the service works, how far behind it is, and what goes wrong.",
        _now(),
        _flow(),
        _lag(),
        [_connectors(), _failures()],
        _work(),
        _deliveries(),
        _machine(),
    )


def _now() -> list[Panel]:
    return [
        stat(
            "Processes up",
            "Of those that Prometheus knows.",
            "percentunit",
            Query('avg(up{job=~"listener|ingest|worker"})', "up"),
        ),
        stat(
            "Ready",
            "Processes that say of themselves that they do their work.",
            "percentunit",
            Query("avg(listener_ready)", "ready"),
        ),
        stat(
            "Lag",
            "Nine of ten mentions are scored so long after they were published.",
            "s",
            Query("listener:processing_lag_seconds:p90_5m", "90 %"),
        ),
        stat(
            "Broker silent",
            "For how long the broker has acknowledged nothing.",
            "s",
            Query("max(listener_broker_silent_seconds)", "silent"),
        ),
        stat(
            "Dead letters",
            "Alerts in the chosen time that a sink would not take.",
            "short",
            Query('sum(increase(listener_deliveries_total{outcome="dead"}[$__range]))', "dead"),
        ),
        stat(
            "Version",
            "How many versions run; 2 while an update is under way.",
            "short",
            Query("count(count by (version) (listener_build_info))", "versions"),
        ),
    ]


def _flow() -> list[Panel]:
    rejected = "sum by (reason) (rate(listener_mentions_rejected_total[$__rate_interval]))"
    return [
        time_series(
            "Mentions received",
            "A second, by connector.",
            "cps",
            Query(_rate("connector", "listener_mentions_received_total"), "{{connector}}"),
            stacked=True,
        ),
        time_series(
            "What became of them",
            "A second: scored, seen before, of no brand, unreadable.",
            "cps",
            Query("sum(rate(listener_mentions_scored_total[$__rate_interval]))", "scored"),
            Query("sum(rate(listener_mentions_repeated_total[$__rate_interval]))", "repeated"),
            Query("sum(rate(listener_mentions_unmatched_total[$__rate_interval]))", "of no brand"),
            Query(f"sum({rejected})", "rejected", VERMILION),
        ),
        time_series(
            "Rejected",
            "A second, by reason.",
            "cps",
            Query(rejected, "{{reason}}"),
        ),
    ]


def _lag() -> list[Panel]:
    return [
        time_series(
            "Published to scored",
            "History (more than a day old) left out.",
            "s",
            Query(_quantile(0.5, "listener_processing_lag_seconds"), "half"),
            Query(_quantile(0.9, "listener_processing_lag_seconds"), "90 %"),
        ),
        time_series(
            "Published to fetched, by connector",
            "Nine of ten mentions; the source's own delay and ours.",
            "s",
            Query(_quantile(0.9, "listener_fetch_lag_seconds", "connector"), "{{connector}}"),
        ),
        time_series(
            "Records that wait on Kafka",
            "By topic; on the embedded engine nothing waits.",
            "short",
            Query("topic:listener_consumer_lag_records:sum", "{{topic}}"),
            Query("sum by (stage) (listener_pending_records)", "taken: {{stage}}"),
        ),
    ]


def _connectors() -> Panel:
    return table(
        "Connectors",
        "How long ago each last answered, and last brought a mention.",
        Query("connector:listener_silence:seconds", "Last mention", unit="s"),
        Query("connector:listener_unreachable:seconds", "Last answer", unit="s"),
        Query(
            "sum by (connector) (increase(listener_mentions_received_total[$__range]))",
            "Mentions",
            unit="short",
        ),
        Query(
            "sum by (connector) (increase(listener_fetch_failures_total[$__range]))",
            "Failures",
            unit="short",
        ),
        key="connector",
        sort="Last mention",
        height=8,
    )


def _failures() -> Panel:
    return time_series(
        "Fetches that failed",
        "A second, by connector.",
        "cps",
        Query(_rate("connector", "listener_fetch_failures_total"), "{{connector}}"),
    )


def _work() -> list[Panel]:
    return [
        time_series(
            "Time to score an envelope",
            "Of up to 50 mentions.",
            "s",
            Query(_quantile(0.5, "listener_scoring_seconds"), "half"),
            Query(_quantile(0.99, "listener_scoring_seconds"), "99 %"),
        ),
        time_series(
            "Time to detect",
            "To fold what came and evaluate the brands.",
            "s",
            Query(_quantile(0.5, "listener_detection_seconds"), "half"),
            Query(_quantile(0.99, "listener_detection_seconds"), "99 %"),
        ),
        time_series(
            "Too late, folded before, unreadable",
            "A second: mentions behind every window, tallies that came twice, records of others.",
            "cps",
            Query("sum(rate(listener_mentions_late_total[$__rate_interval]))", "too late"),
            Query(
                'sum(rate(listener_tallies_total{result="skipped"}[$__rate_interval]))',
                "folded before",
            ),
            Query(
                "sum(rate(listener_unreadable_records_total[$__rate_interval])) or vector(0)",
                "unreadable",
                VERMILION,
            ),
        ),
    ]


def _deliveries() -> list[Panel]:
    outcomes = _rate("sink, outcome", "listener_deliveries_total")
    return [
        time_series(
            "Deliveries",
            "A minute, by sink and outcome.",
            "short",
            Query(f"{outcomes} * 60", "{{sink}}: {{outcome}}"),
        ),
        time_series(
            "Handed over to settled",
            "Nine of ten alerts, waits between attempts included.",
            "s",
            Query(_quantile(0.9, "listener_delivery_delay_seconds", "sink"), "{{sink}}"),
        ),
        time_series(
            "Attempts",
            "A minute, by sink and result.",
            "short",
            Query(
                _rate("sink, result", "listener_delivery_attempt_seconds_count") + " * 60",
                "{{sink}}: {{result}}",
            ),
        ),
        time_series(
            "Waiting for a sink",
            "Alerts.",
            "short",
            Query("max by (sink) (listener_delivery_queue)", "{{sink}}"),
        ),
    ]


def _machine() -> list[Panel]:
    return [
        time_series(
            "State",
            "What is remembered, by store.",
            "bytes",
            Query("sum by (store) (listener_state_bytes)", "{{store}}"),
        ),
        time_series(
            "Memory",
            "Of each process.",
            "bytes",
            Query('process_resident_memory_bytes{job=~"listener|ingest|worker"}', "{{instance}}"),
        ),
        time_series(
            "Processor",
            "Cores used by each process.",
            "short",
            Query(
                'rate(process_cpu_seconds_total{job=~"listener|ingest|worker"}[$__rate_interval])',
                "{{instance}}",
            ),
        ),
        time_series(
            "Partitions moved",
            "In five minutes, by process.",
            "short",
            Query("increase(listener_rebalances_total[5m])", "{{instance}}"),
        ),
    ]


def _rate(labels: str, metric: str) -> str:
    return f"sum by ({labels}) (rate({metric}[$__rate_interval]))"


def _quantile(part: float, metric: str, label: str = "") -> str:
    labels = f"le, {label}" if label else "le"
    return (
        f"histogram_quantile({part}, sum by ({labels}) (rate({metric}_bucket[$__rate_interval])))"
    )
