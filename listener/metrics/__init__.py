"""Prometheus metrics of the service; docs/metrics.md lists them all."""

from listener.metrics.metrics import Metrics

__all__ = ["Metrics"]
