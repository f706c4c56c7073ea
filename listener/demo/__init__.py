"""The demo: a recording of three quiet days and an outage, and how it is shown."""
