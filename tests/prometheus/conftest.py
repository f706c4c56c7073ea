"""Prometheus's programs: where they can't be had, their tests are left out, and that is said aloud.

Unlike a broker they aren't required even in CI: that Debian's mirror is away tonight is no fault
of a change, and what doesn't need Prometheus itself is tested without it.
"""

from collections.abc import Callable

import pytest

from tests.prometheus.artifacts import PrometheusUnavailable, program

_missing = pytest.StashKey[str]()


@pytest.fixture(scope="session")
def program_of(pytestconfig: pytest.Config) -> Callable[[str], str]:
    """The path of ``prometheus`` or ``promtool``."""

    def find(name: str) -> str:
        try:
            return program(name)
        except PrometheusUnavailable as missing:
            pytestconfig.stash[_missing] = str(missing)
            pytest.skip("no Prometheus here")

    return find


@pytest.fixture(scope="session")
def promtool(program_of: Callable[[str], str]) -> str:
    return program_of("promtool")


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say aloud that tests were left out, and what would bring them back."""
    missing = config.stash.get(_missing, None)
    if missing is not None:
        terminalreporter.section("PROMETHEUS TESTS SKIPPED", sep="!", red=True, bold=True)
        terminalreporter.line("Install Prometheus with promtool (Debian's package will do).")
        terminalreporter.line(missing, red=True)
