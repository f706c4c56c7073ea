"""Prometheus's programs: where they can't be had, their tests are left out, and that is said aloud.

Unlike a broker they aren't required even in CI: that Debian's mirror is away tonight is no fault
of a change, and what doesn't need Prometheus itself is tested without it.
"""

from collections.abc import Callable

import pytest

from tests.prometheus.artifacts import PrometheusUnavailable, program


@pytest.fixture(scope="session")
def program_of() -> Callable[[str], str]:
    """The path of ``prometheus`` or ``promtool``."""

    def find(name: str) -> str:
        try:
            return program(name)
        except PrometheusUnavailable as missing:
            advice = "install Prometheus with promtool (Debian's package will do)"
            pytest.skip(f"no Prometheus here: {advice}; {missing}")

    return find


@pytest.fixture(scope="session")
def promtool(program_of: Callable[[str], str]) -> str:
    return program_of("promtool")
