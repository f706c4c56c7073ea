"""The engine on Apache Kafka: ingest in one process, workers in as many as are needed."""

from listener.engines.kafka.run import run_ingest, run_kafka

__all__ = ["run_ingest", "run_kafka"]
