"""Engines: what carries mentions from ingest through scoring and detection to the sinks.

`embedded` does it in one process with its state in one SQLite file; `kafka` with Faust workers on
Apache Kafka. Both call the same pure parts of `detectors`, and a contract test holds them to the
same alerts.
"""
