"""The tests; a package so that `tests.kafka` can never be taken for the library `kafka`."""
