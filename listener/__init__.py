"""The service: settings, connectors, ingest, engines, metrics and the command line."""
